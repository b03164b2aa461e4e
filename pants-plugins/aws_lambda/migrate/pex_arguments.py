"""Translates arguments of PEX in BUILD files to fields of `lambda_function` and `lambda_layer`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PROJECT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")

# Why an argument needs no field, by the argument.
_NEEDLESS = {
    "--ignore-errors": "it only silenced the errors that `--exclude` caused",
    "--no-emit-warnings": "it only silenced warnings",
    "--non-hermetic-scripts": "an artifact contains no scripts unless `scripts` names them",
}
# What to use instead of an argument, by the argument.
_ELSEWHERE = {
    "--extra-index-url": "set `[python-repos].indexes` in pants.toml",
    "--find-links": "set `[python-repos].find_links` in pants.toml",
    "--index-url": "set `[python-repos].indexes` in pants.toml",
    "--no-wheel": "the lockfile determines the wheels",
    "--prefer-binary": "the lockfile determines the wheels",
    "--resolver-version": "the lockfile determines the versions",
    "--scope": "set `include_sources=False` on a layer, or `include_requirements=False`",
    "--site-packages-copies": "an artifact contains no links",
    "--sources-directory": "name the code in `dependencies`",
    "-D": "name the code in `dependencies`",
    "-f": "set `[python-repos].find_links` in pants.toml",
    "-i": "set `[python-repos].indexes` in pants.toml",
}


@dataclass(frozen=True)
class TranslatedArguments:
    """The fields that replace arguments of PEX.

    `fields` maps names to values as source text. `remarks` explain the fields, as sentences.
    `unknown` maps each argument without a field to what to use instead, or to `""`.
    """

    fields: Mapping[str, str]
    remarks: tuple[str, ...]
    unknown: Mapping[str, str]


def translate_arguments(arguments: Iterable[str]) -> TranslatedArguments:
    """Translate the arguments of `pex` and `pex3 venv create`."""
    fields: dict[str, str] = {}
    remarks: list[str] = []
    unknown: dict[str, str] = {}
    excluded: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        flag, has_value, value = argument.partition("=")
        if flag == "--exclude" and (has_value or waiting):
            excluded.append(value if has_value else waiting.pop(0))
        elif argument == "--collisions-ok":
            fields["collisions"] = '{"**": "first"}'
            remarks.append(
                "`collisions` accepts every collision, as `--collisions-ok` did, but the owner of "
                "a path may be another one than PEX chose. `package` prints each decision. Replace "
                '`"**"` by the paths that you know.'
            )
        elif argument in ("--compile", "--no-compile"):
            fields["bytecode"] = '"all"' if argument == "--compile" else '"none"'
            remarks.append(f"`bytecode` replaces `{argument}`.")
        elif argument in _NEEDLESS:
            remarks.append(f"`{argument}` is not needed: {_NEEDLESS[argument]}.")
        else:
            takes_next = not has_value and waiting and not waiting[0].startswith("-")
            unknown[f"{argument} {waiting.pop(0)}" if takes_next else argument] = _ELSEWHERE.get(
                flag, ""
            )
    if excluded:
        fields["provided"] = json.dumps(list(dict.fromkeys(map(_project, excluded))))
        remarks.append(
            "`provided` replaces `--exclude`. It also leaves out the distributions that only these "
            "require, and replaces the option `[aws-lambda].provided` for this target."
        )
    return TranslatedArguments(fields, tuple(remarks), unknown)


def _project(requirement: str) -> str:
    """The name in a requirement such as `pandas>=2`."""
    match = _PROJECT.match(requirement)
    return match[0] if match else requirement
