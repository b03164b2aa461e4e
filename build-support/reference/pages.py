"""The text of each generated page of docs/reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pants.backend.python.target_types import PythonResolveField
from pants.engine.target import COMMON_TARGET_FIELDS, Field, Target
from pants.help.help_info_extracter import TargetFieldHelpInfo
from pants.option.option_types import collect_options_info
from pants.util.frozendict import FrozenDict

from aws_lambda import register
from aws_lambda.artifact.explanations import Family, error_families, wrap
from aws_lambda.artifact.findings import CHECKS
from aws_lambda.lambda_explain import check_pages
from aws_lambda.subsystem import LambdaSubsystem
from reference.guides import GUIDES

_CHECKS = Path("docs/reference/checks.md")
_REST = (
    "<!-- build-support/reference/run writes the rest of this page. Edit the texts in "
    "pants-plugins/aws_lambda/artifact/checks/pages. -->"
)
_NOTE = "<!-- build-support/reference/run writes this page. Edit the texts in the backend. -->"
_WIDTH = 100
# Their texts are those of Pants, and most targets have them.
_OF_PANTS = (*COMMON_TARGET_FIELDS, PythonResolveField)
_TYPES = {
    "Dict[str, str]": "Dictionary of strings",
    "Iterable[str]": "List of strings",
    "bool": "Boolean",
    "dict": "Dictionary",
    "float": "Number",
    "list": "List of strings",
    "object": "String",
    "str": "String",
}
_CODE = re.compile(r"\bL\d{3}\b")
_SPAN = re.compile(r"(`+[^`].*?`+|^```.*?^```)", re.DOTALL | re.MULTILINE)


def pages() -> Mapping[str, str]:
    """The text of each page, by path."""
    bodies = {"fields": _fields(), "options": _options(), "errors": _errors()}
    introduction = _CHECKS.read_text(encoding="utf-8").partition(_REST)[0]
    return {
        str(_CHECKS): introduction + _joined(_REST, _checks(), checks=""),
        **{f"docs/reference/{name}.md": _joined(_NOTE, body) for name, body in bodies.items()},
    }


def _joined(note: str, paragraphs: Iterator[str], *, checks: str = _CHECKS.name) -> str:
    """A page, or the rest of it; `checks` is the page that links to checks lead to."""
    wrapped = (wrap(_linked(each, checks), _WIDTH) for each in paragraphs)
    return "\n\n".join((note, *wrapped)) + "\n"


def _fields() -> Iterator[str]:
    functions, layers = map(_own_fields, register.target_types())
    every = {**layers, **functions}
    names = sorted(every, key=lambda each: (not every[each].required, each))
    targets = {
        name: "both" if name in functions and name in layers else kind
        for kind, fields in (("function", functions), ("layer", layers))
        for name in fields
    }

    yield "# Fields"
    yield (
        "The targets `lambda_function` and `lambda_layer` have these fields in BUILD files. "
        "`pants help lambda_function` and `pants help lambda_layer` print the same texts."
    )
    yield _table(
        ("field", "target", "default"),
        [(f"[`{name}`](#{name})", targets[name], _field_default(every[name])) for name in names],
    )
    others = [f"`{field.alias}`" for field in _OF_PANTS]
    yield (
        f"Both targets also have the fields {', '.join(others[:-1])} and {others[-1]}, which Pants "
        "defines. `resolve` names the lockfile that determines the third-party code."
    )
    for name in names:
        info = TargetFieldHelpInfo.create(every[name], provider="")
        yield f"## {name}"
        only = "" if targets[name] == "both" else f" Only on `lambda_{targets[name]}`."
        yield _summary(_type(info.type_hint), _field_default(every[name])) + only
        yield info.description
        yield from _guide(name)


def _options() -> Iterator[str]:
    options = {
        name[len("--") :].replace("-", "_"): option.flag_options
        for option in collect_options_info(LambdaSubsystem)
        for name in option.flag_names
    }
    defaults = {name: _toml(option["default"]) for name, option in options.items()}

    yield "# Options"
    yield (
        "Set these options in the section `[aws-lambda]` of `pants.toml`. `pants help aws-lambda` "
        "prints the same texts."
    )
    yield _table(
        ("option", "default"), [(f"[`{name}`](#{name})", defaults[name]) for name in options]
    )
    for name, option in options.items():
        yield f"## {name}"
        yield _summary(_type(option["type"].__name__), defaults[name])
        yield str(option["help"])
        yield from _guide(name)


def _checks() -> Iterator[str]:
    yield _table(
        ("code", "check", "severity"),
        [(f"[{code}](#{code.lower()})", title, sev.value) for code, (title, sev) in CHECKS.items()],
    )
    for page in check_pages():
        yield f"## {page.name}"
        yield page.title
        yield page.text
        yield from _guide(page.name)


def _errors() -> Iterator[str]:
    families = error_families()

    yield "# Errors"
    yield (
        "A goal fails with one of these errors if a user can fix its cause. The message says what "
        "happened and where, lists the facts, and ends with a fix. Findings of checks are errors "
        "too, and a target can accept them: see [Checks](checks.md)."
    )
    yield (
        "A field with an invalid value fails as Pants' own `InvalidFieldException`, with the same "
        "message."
    )
    yield _table(
        ("family", "errors"),
        [
            (
                f"[{_heading(family)}](#{_heading(family).lower()})",
                ", ".join(f"`{error.name}`" for error in family.errors),
            )
            for family in families
        ],
    )
    for family in families:
        yield f"## {_heading(family)}"
        yield family.title
        for error in family.errors:
            yield f"### {error.name}"
            yield error.text
            yield from _guide(error.name)


def _heading(family: Family) -> str:
    return family.name[: -len("Error")]


def _own_fields(target: type[Target]) -> Mapping[str, type[Field]]:
    return {field.alias: field for field in target.core_fields if field not in _OF_PANTS}


def _field_default(field: type[Field]) -> str:
    """As a BUILD file spells it; "required" if there is none."""
    if field.required:
        return "required"
    default = field.default
    if default is None or default == "__local__":
        return ""
    if isinstance(default, FrozenDict):
        return "`{}`"
    return f"`{'[]' if default == () else _quoted(default)}`"


def _toml(default: Any) -> str:
    return "" if default is None else f"`{json.dumps(default)}`"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _type(hint: str) -> str:
    """A type in words; a choice of strings as Pants writes it, with our quotes."""
    name = hint.replace(" | None", "")
    return _TYPES.get(name) or f"One of `{name}`".replace("'", '"').replace(" | ", "`, `")


def _summary(kind: str, default: str) -> str:
    if default == "required":
        return f"{kind}. Required."
    return f"{kind}. Default: {default}." if default else f"{kind}."


def _guide(name: str) -> Iterator[str]:
    if name in GUIDES:
        title, link = GUIDES[name]
        yield f"See [{title}]({link})."


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _linked(text: str, checks: str) -> str:
    """A paragraph with links to the checks that it names outside of code."""
    if text.startswith(("#", "|")):
        return text
    return "".join(
        (
            each
            if each.startswith("`")
            else _CODE.sub(lambda code: f"[{code[0]}]({checks}#{code[0].lower()})", each)
        )
        for each in _SPAN.split(text)
    )
