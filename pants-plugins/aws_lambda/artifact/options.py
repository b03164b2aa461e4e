"""Values of the options `[aws-lambda]`, parsed from their text in pants.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from aws_lambda.artifact.errors import ConfigurationError, describe, join_choices

_RUNTIME = re.compile(r"python\d+\.\d+")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class InvalidBytecode(ConfigurationError):
    """The option `bytecode` or `bytecode_interpreters` has a value that cannot be used. `bytecode`
    is `reachable`, `all` or `none`, and `bytecode_interpreters` maps a runtime to an exact version
    of its Python.

    To fix, set `bytecode = "reachable"`, or write the entry as `"python3.13" = "3.13.9"`.
    """


class InvalidSizeWarning(ConfigurationError):
    """The option `size_warning` is not a number above 0 and up to 1.

    To fix, set it to a fraction of the limit, such as `0.8` for 80 percent.
    """


class BytecodeMode(Enum):
    """The modules of an artifact that get bytecode."""

    REACHABLE = "reachable"
    ALL = "all"
    NONE = "none"


def parse_bytecode_mode(value: str) -> BytecodeMode:
    """The option `bytecode`. Raises `InvalidBytecode` if it is not one of the choices."""
    try:
        return BytecodeMode(value)
    except ValueError:
        raise InvalidBytecode(
            describe(
                "The option `[aws-lambda].bytecode` has an unknown value.",
                facts=[f"bytecode = {value!r}"],
                fix=f"set it to {join_choices(each.value for each in BytecodeMode)}.",
            )
        ) from None


def parse_interpreters(entries: Mapping[str, object]) -> Mapping[str, tuple[int, ...]]:
    """The option `bytecode_interpreters`: the exact version of the compiler, by runtime.

    Raises `InvalidBytecode` with all entries that are not a runtime and an exact version of its
    Python.
    """
    wrong = [
        f"{runtime!r} = {version!r}"
        for runtime, version in entries.items()
        if not _RUNTIME.fullmatch(runtime)
        or not _VERSION.fullmatch(str(version))
        or not str(version).startswith(f"{runtime[len('python') :]}.")
    ]
    if wrong:
        raise InvalidBytecode(
            describe(
                "The option `[aws-lambda].bytecode_interpreters` has entries that cannot be used.",
                facts=wrong,
                fix='map a runtime to an exact version of its Python: {"python3.13" = "3.13.9"}.',
            )
        )
    return {name: tuple(map(int, str(each).split("."))) for name, each in entries.items()}


def parse_share(share: float) -> float:
    """The option `size_warning`, a fraction of the limit.

    Raises `InvalidSizeWarning` if it is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise InvalidSizeWarning(
            describe(
                "The option `[aws-lambda].size_warning` is not a fraction of the limit.",
                facts=[f"size_warning = {share}"],
                fix="set a number above 0 and up to 1, such as 0.8 for 80 percent.",
            )
        )
    return share
