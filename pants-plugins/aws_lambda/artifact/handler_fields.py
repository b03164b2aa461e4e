"""The fields `handler` and `reexport`: their forms in BUILD files."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from aws_lambda.artifact.errors import HandlerError, Where, describe
from aws_lambda.artifact.standard_library import ALL_STANDARD_MODULES

# botocore 1.44.5, shape `Handler`: at most 128 characters, none of them white space.
MAX_HANDLER_LENGTH = 128


_WHITE_SPACE = re.compile(r"\s+")


# Characters with which Pants reads a path as a pattern.
_PATTERN_CHARACTERS = re.compile(r"[*?\[\]\\]")


class InvalidHandler(HandlerError):
    """The field `handler` has a value that cannot be used. It has none of the four forms, or Lambda
    cannot use the handler that it names.

    AWS accepts handlers of at most 128 characters without white space. A handler's module must not
    have the name of a standard library module that Python loads before Lambda looks for the
    handler.

    To fix, write `"file.py:func"` or `"pkg.module:func"`, rename the module, or leave `reexport` at
    its default, which gives AWS a short name.
    """


class InvalidReexport(HandlerError):
    """The field `reexport` has a value that cannot be used. It must be one top-level module and one
    attribute, have at most 128 characters, and not hide a module of the standard library.

    To fix, remove the field, whose default is `"lambda_function.handler"`, choose another name, or
    set `reexport=""`.
    """


@dataclass(frozen=True)
class HandlerSpec:
    """The parsed field `handler`: a function, and either a file or a module.

    `path` is relative to the BUILD file, and `module` is dotted.
    """

    path: str | None
    module: str | None
    function: str


@dataclass(frozen=True)
class Reexport:
    """The parsed field `reexport`: a top-level module and an attribute."""

    module: str
    attribute: str

    @property
    def dotted(self) -> str:
        """The name that AWS gets, such as `lambda_function.handler`."""
        return f"{self.module}.{self.attribute}"


DEFAULT_REEXPORT = Reexport("lambda_function", "handler")


def parse_handler(value: str, *, where: Where) -> HandlerSpec:
    """Parse `file.py:func`, `folder/file.func`, `pkg.module:func` or `pkg.module.func`.

    Raises `InvalidHandler`.
    """
    location, colon, function = value.partition(":")
    if not colon and not value.endswith(".py"):
        location, colon, function = value.rpartition(".")
        if "/" in location:
            # In AWS's form, dots separate folders as well.
            location = f"{location.replace('.', '/')}.py"
        else:
            colon = ""
    is_file = bool(colon) and location.endswith(".py")
    if is_file:
        well_formed = all(step not in ("", ".", "..") for step in location.split("/"))
    else:
        well_formed = bool(location) and all(map(is_name, location.split(".")))
    pattern = _PATTERN_CHARACTERS.search(location) if is_file else None
    if well_formed and not pattern and is_name(function):
        if _WHITE_SPACE.search(location):
            raise _with_white_space(value, location, where=where)
        return HandlerSpec(location if is_file else None, None if is_file else location, function)
    raise InvalidHandler(
        describe(
            f"The field `handler` of {where} cannot be parsed.",
            facts=[f"handler={value!r}"],
            why=(
                f"A handler is in one file, and `{pattern[0]}` would make its path a pattern."
                if pattern
                else _about_keywords(location, function)
            ),
            fix=_form_for(location, function),
        )
    )


_FORMS = (
    "write it in one of four forms:\n\n"
    '  handler="file.py:func"        a file relative to the BUILD file\n'
    '  handler="folder/file.func"    the same, as AWS writes it\n'
    '  handler="pkg.module:func"     a module below a source root\n'
    '  handler="pkg.module.func"     the same, as AWS writes it'
)


def _about_keywords(location: str, function: str) -> str:
    if keyword.iskeyword(function):
        return f"`{function}` is a Python keyword, which cannot be the name of a function."
    found = [f"`{step}`" for step in location.split(".") if keyword.iskeyword(step)]
    if not found:
        return ""
    named = " and ".join(found)
    are = "are Python keywords" if found[1:] else "is a Python keyword"
    return f"{named} {are}, so `import` cannot name this module."


def _form_for(location: str, function: str) -> str:
    """Suggest the form for a file if the value is like a path or has keywords, else all forms."""
    path = location if "/" in location else location.replace(".", "/")
    steps = path.split("/")
    has_keyword = any(map(keyword.iskeyword, steps))
    is_path = all(step.replace("-", "_").isidentifier() for step in steps)
    if is_path and is_name(function) and ("/" in location or has_keyword):
        return f'write the path relative to the BUILD file: `handler="{path}.py:{function}"`.'
    return _FORMS


def _with_white_space(value: str, path: str, *, where: Where) -> InvalidHandler:
    renamed = "/".join(_WHITE_SPACE.sub("_", step.strip()) for step in path.split("/"))
    return InvalidHandler(
        describe(
            f"The handler of {where} is in a file with white space in its path.",
            facts=[f"handler={value!r}"],
            why="AWS accepts no white space in a handler, and `import` none in a module's name.",
            fix=f"correct the field `handler`, or rename the file, for example to `{renamed}`.",
        )
    )


def parse_reexport(value: str, *, where: Where) -> Reexport | None:
    """Parse `module.attribute`; return `None` for `""`. Raises `InvalidReexport`."""
    if not value:
        return None
    module, _, attribute = value.partition(".")
    if not (is_name(module) and is_name(attribute)):
        raise InvalidReexport(
            describe(
                f"The field `reexport` of {where} cannot be parsed.",
                facts=[f"reexport={value!r}"],
                fix=(
                    "write one top-level module and one attribute, as in "
                    '`reexport="lambda_function.handler"`, or set `reexport=""` for no re-export.'
                ),
            )
        )
    if module in ALL_STANDARD_MODULES:
        raise InvalidReexport(
            describe(
                f"The field `reexport` of {where} would hide a module of the standard library.",
                facts=[f"reexport={value!r}", f"standard library: {module}"],
                why=(
                    "Python finds the function's files before the standard library in Lambda, so "
                    f"every `import {module}` would import the re-export."
                ),
                fix='choose another name, such as `reexport="lambda_function.handler"`.',
            )
        )
    if len(value) > MAX_HANDLER_LENGTH:
        raise InvalidReexport(
            describe(
                f"The field `reexport` of {where} is too long for AWS.",
                facts=[value, f"{len(value)} characters; AWS accepts {MAX_HANDLER_LENGTH}"],
                fix='choose a shorter name, such as `reexport="lambda_function.handler"`.',
            )
        )
    return Reexport(module, attribute)


def is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)
