"""The table of Lambda's Python runtimes, with the date on which it was read.

The version of its C library decides which wheels a runtime accepts, and the end of its support
decides when `package` warns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from aws_lambda.artifact.errors import (
    ConfigurationError,
    PlatformError,
    Where,
    columns,
    describe,
    join_choices,
)

# The day on which `build-support/runtime_table/run` last read the names and ends of support, from
# botocore 1.44.8, cfn-lint 1.58.0. The names are those that AWS's API accepts, and the dates those
# of AWS's page `lambda-runtimes`. AWS moves the dates without notice, so every message that prints
# one prints this day as well.
TABLE_READ = date(2026, 11, 29)


class UnknownRuntime(PlatformError):
    """The backend does not know a runtime that a target or the option `default_runtime` names.

    To fix, use one of the runtimes that the message lists. For a runtime that AWS added later, add
    it to `[aws-lambda].extra_runtimes` with the version of its C library.
    """


class UnknownArchitecture(PlatformError):
    """An architecture is neither `x86_64` nor `arm64`.

    To fix, set the field `architecture`, or the option `default_architecture`, to one of the two.
    """


class InvalidExtraRuntime(ConfigurationError):
    """An entry of the option `extra_runtimes` cannot be read.

    To fix, write it as `"python3.16" = { glibc = "2.34" }`. An entry may also have `patch`,
    `end_of_support` and `operating_system`.
    """


class Architecture(Enum):
    """A processor by AWS's name."""

    X86_64 = "x86_64"
    ARM64 = "arm64"

    @property
    def machine(self) -> str:
        """The name in wheel tags and markers."""
        return {"x86_64": "x86_64", "arm64": "aarch64"}[self.value]

    @classmethod
    def of_machine(cls, machine: str) -> Architecture | None:
        """Return the architecture with this name in wheel tags; `None` if AWS does not offer it."""
        return next((each for each in cls if each.machine == machine), None)


@dataclass(frozen=True, order=True)
class Runtime:
    """One of Lambda's managed Python runtimes.

    `python` is the minor version, and `glibc` the version of the C library, such as `(2, 34)`.
    `patch` is a patch release that AWS had reached by `TABLE_READ`. It only matters for environment
    markers with `python_full_version`. `end_of_support` is the last day of AWS's support, or `None`
    if AWS has not announced one, as for a preview.
    """

    python: tuple[int, int]
    patch: int
    operating_system: str
    glibc: tuple[int, int]
    end_of_support: date | None

    @property
    def name(self) -> str:
        return f"python{self.version}"

    @property
    def version(self) -> str:
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def full_version(self) -> str:
        return f"{self.version}.{self.patch}"


# The sources of the glibc versions agree (November 2026): AWS's `lambda-builders`, Powertools' page
# `cross-platform`, and the tags of AWS's images.
_AL2 = ("Amazon Linux 2", (2, 26))
_AL2023 = ("Amazon Linux 2023", (2, 34))

RUNTIMES = tuple(
    Runtime(python, patch, *system, end_of_support)
    for python, patch, system, end_of_support in (
        ((3, 9), 25, _AL2, date(2025, 12, 15)),
        ((3, 10), 19, _AL2, date(2026, 10, 31)),
        ((3, 11), 14, _AL2, date(2027, 6, 30)),
        ((3, 12), 12, _AL2023, date(2028, 10, 31)),
        ((3, 13), 9, _AL2023, date(2029, 6, 30)),
        ((3, 14), 0, _AL2023, date(2029, 6, 30)),
        ((3, 15), 0, _AL2023, None),
    )
)


def known_runtimes(extra: Mapping[str, Mapping[str, str]]) -> tuple[Runtime, ...]:
    """Return the runtimes of the table and of the option `extra_runtimes`, the oldest first.

    `extra` is the option, which maps names to facts: `{"python3.16": {"glibc": "2.34"}}`. An entry
    for a runtime of the table replaces it. Raises `InvalidExtraRuntime`.
    """
    merged = {runtime.name: runtime for runtime in RUNTIMES}
    merged.update((name, _extra_runtime(name, facts)) for name, facts in extra.items())
    return tuple(sorted(merged.values(), key=lambda runtime: runtime.python))


def find_runtime(name: str, known: Iterable[Runtime], *, where: Where) -> Runtime:
    """Return the runtime with this name.

    Raises `UnknownRuntime`, which lists the known runtimes.
    """
    runtimes = tuple(known)
    for runtime in runtimes:
        if runtime.name == name:
            return runtime
    raise UnknownRuntime(
        describe(
            f"The runtime {name!r} of {where} is not known.",
            facts=(
                f"known runtimes (as of {TABLE_READ}):",
                *(f"  {row}" for row in format_runtimes(runtimes)),
            ),
            fix=(
                "use one of these runtimes, or add a newer one, with the version of its C library, "
                "to pants.toml:\n\n"
                "  [aws-lambda.extra_runtimes]\n"
                f'  "{_suggested_name(name)}" = {{ glibc = "2.34" }}'
            ),
        )
    )


def find_architecture(name: str, *, where: Where) -> Architecture:
    """Return the architecture with this name.

    Raises `UnknownArchitecture`, which lists the known architectures.
    """
    try:
        return Architecture(name)
    except ValueError:
        near = Architecture.of_machine(name)
        choices = join_choices([near.value] if near else [each.value for each in Architecture])
        raise UnknownArchitecture(
            describe(
                f"The architecture {name!r} of {where} is not known.",
                facts=[f"known architectures: {', '.join(each.value for each in Architecture)}"],
                fix=f"set `architecture` to {choices}.",
            )
        ) from None


def format_runtimes(runtimes: Iterable[Runtime]) -> list[str]:
    """Return an aligned line for each runtime: name, operating system, glibc, end of support."""
    return columns(
        [
            (
                runtime.name,
                runtime.operating_system,
                f"glibc {runtime.glibc[0]}.{runtime.glibc[1]}",
                _support(runtime),
            )
            for runtime in runtimes
        ]
    )


def _support(runtime: Runtime) -> str:
    if runtime.end_of_support is None:
        return "no end of support known"
    return f"supported until {runtime.end_of_support}"


def describe_ended_support(runtime: Runtime, *, today: date) -> str | None:
    """Return a sentence if AWS's support for a runtime ended before `today`, else `None`."""
    if runtime.end_of_support is None or today <= runtime.end_of_support:
        return None
    return (
        f"AWS ended support for {runtime.name} on {runtime.end_of_support} "
        f"(as of {TABLE_READ})."
    )


def _extra_runtime(name: str, entry: Any) -> Runtime:
    # An entry in pants.toml may have any type. An entry without `glibc` is invalid.
    facts: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    python = _numbers(name[len("python") :]) if name.startswith("python") else None
    glibc = _numbers(str(facts.get("glibc", "")))
    end = _day(str(facts["end_of_support"])) if "end_of_support" in facts else None
    unknown = sorted(set(facts) - {"glibc", "patch", "end_of_support", "operating_system"})
    patch = str(facts.get("patch", "0"))
    bad_end = "end_of_support" in facts and end is None
    if python is None or glibc is None or bad_end or unknown or not patch.isdigit():
        raise InvalidExtraRuntime(
            describe(
                "The option `[aws-lambda].extra_runtimes` has an entry that cannot be used.",
                facts=[f"{name!r} = {entry!r}"],
                fix=(
                    'write it as "python3.16" = { glibc = "2.34" }. An entry may also have '
                    '`patch` ("1"), `end_of_support` ("2030-06-30") and '
                    "`operating_system`."
                ),
            )
        )
    return Runtime(python, int(patch), str(facts.get("operating_system", "")), glibc, end)


def _numbers(text: str) -> tuple[int, int] | None:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _suggested_name(name: str) -> str:
    return name if name.startswith("python") and _numbers(name[len("python") :]) else "python3.16"
