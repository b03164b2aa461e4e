"""Lambda's Python runtimes, as data with a date: what each one runs on, and until when."""

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

# Names and ends of support, as `build-support/runtime_table/run` last read them, of
# botocore 1.44.8, cfn-lint 1.58.0: the names are those that AWS's API accepts, the dates those of
# AWS's page `lambda-runtimes`. AWS moves these dates without notice, which is why a message that
# prints one prints this day too.
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
    """A processor under AWS's name; `machine` is what wheels and ELF files call it."""

    X86_64 = "x86_64"
    ARM64 = "arm64"

    @property
    def machine(self) -> str:
        return {"x86_64": "x86_64", "arm64": "aarch64"}[self.value]

    @classmethod
    def of_machine(cls, machine: str) -> Architecture | None:
        return next((each for each in cls if each.machine == machine), None)


@dataclass(frozen=True, order=True)
class Runtime:
    """One of Lambda's managed Python runtimes.

    `patch` is the patch release for which environment markers are evaluated: one that AWS had
    reached by `TABLE_READ`. It only matters to markers on `python_full_version`.

    `end_of_support` is `None` where AWS has not announced one, as for a preview.
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


# glibc: AWS's `lambda-builders` and Powertools' `cross-platform` page, and tags recorded in AWS's
# own images, agree (November 2026).
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
    """The table, and what `[aws-lambda].extra_runtimes` adds to it, oldest first.

    `extra` maps a runtime's name to its facts: `{"python3.16": {"glibc": "2.34"}}`. An entry for
    a runtime of the table replaces it.
    """
    merged = {runtime.name: runtime for runtime in RUNTIMES}
    merged.update((name, _extra_runtime(name, facts)) for name, facts in extra.items())
    return tuple(sorted(merged.values(), key=lambda runtime: runtime.python))


def find_runtime(name: str, known: Iterable[Runtime], *, where: Where) -> Runtime:
    """The runtime of this name; `where` names the target, as in "the `lambda_function` target a:b".

    Raises `UnknownRuntime`, which lists the known ones.
    """
    runtimes = tuple(known)
    for runtime in runtimes:
        if runtime.name == name:
            return runtime
    raise UnknownRuntime(
        describe(
            f"The runtime {name!r} of {where} is not known.",
            facts=(
                f"known (read {TABLE_READ}):",
                *(f"  {row}" for row in format_runtimes(runtimes)),
            ),
            fix=(
                "use one of these names or, for a runtime that AWS has added since, tell "
                "pants.toml its C library:\n\n"
                "  [aws-lambda.extra_runtimes]\n"
                f'  "{_suggested_name(name)}" = {{ glibc = "2.34" }}'
            ),
        )
    )


def find_architecture(name: str, *, where: Where) -> Architecture:
    """The architecture of this name. Raises `UnknownArchitecture`, which lists the known ones."""
    try:
        return Architecture(name)
    except ValueError:
        near = Architecture.of_machine(name)
        choices = join_choices([near.value] if near else [each.value for each in Architecture])
        raise UnknownArchitecture(
            describe(
                f"The architecture {name!r} of {where} is not known.",
                facts=[f"known: {', '.join(each.value for each in Architecture)}"],
                fix=f"set `architecture` to {choices}.",
            )
        ) from None


def format_runtimes(runtimes: Iterable[Runtime]) -> list[str]:
    """One aligned line for each runtime: name, system, glibc, end of support."""
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
    """One sentence if the runtime's support has ended by `today`, else `None`."""
    if runtime.end_of_support is None or today <= runtime.end_of_support:
        return None
    return (
        f"AWS ended its support of {runtime.name} on {runtime.end_of_support} "
        f"(as read on {TABLE_READ})."
    )


def _extra_runtime(name: str, entry: Any) -> Runtime:
    # pants.toml may hold anything here; an entry without `glibc` cannot be read.
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
                "An entry of `[aws-lambda].extra_runtimes` cannot be read.",
                facts=[f"{name!r} = {entry!r}"],
                fix=(
                    'write it like "python3.16" = { glibc = "2.34" }. Besides `glibc`, an entry '
                    'may hold `patch` ("1"), `end_of_support` ("2030-06-30") and '
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
