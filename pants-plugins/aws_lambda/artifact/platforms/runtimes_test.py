"""Test the table of Lambda's runtimes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.runtimes import (
    RUNTIMES,
    TABLE_READ,
    Architecture,
    InvalidExtraRuntime,
    Runtime,
    UnknownArchitecture,
    UnknownRuntime,
    describe_ended_support,
    find_architecture,
    find_runtime,
    format_runtimes,
    known_runtimes,
)

WHERE = Where("lambda_function", "src/api:fn")


def test_table_of_runtimes() -> None:
    """Each runtime has the name, system, glibc and end of support of the day of reading."""
    assert date(2026, 11, 29) == TABLE_READ
    assert format_runtimes(RUNTIMES) == [
        "python3.9   Amazon Linux 2     glibc 2.26  supported until 2025-12-15",
        "python3.10  Amazon Linux 2     glibc 2.26  supported until 2026-10-31",
        "python3.11  Amazon Linux 2     glibc 2.26  supported until 2027-06-30",
        "python3.12  Amazon Linux 2023  glibc 2.34  supported until 2028-10-31",
        "python3.13  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30",
        "python3.14  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30",
        "python3.15  Amazon Linux 2023  glibc 2.34  no end of support known",
    ]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_runtime_is_found_by_its_name(runtime: Runtime) -> None:
    """AWS's name is `python` and the minor version."""
    assert find_runtime(runtime.name, RUNTIMES, where=WHERE) == runtime


def test_unknown_runtime_lists_known_runtimes() -> None:
    """The error prints the table, and an entry for a runtime that AWS adds later."""
    with pytest.raises(UnknownRuntime) as caught:
        find_runtime("python3.16", known_runtimes({}), where=WHERE)

    assert str(caught.value) == dedent("""
        The runtime 'python3.16' of the `lambda_function` target src/api:fn is not known.

          known runtimes (as of 2026-11-29):
            python3.9   Amazon Linux 2     glibc 2.26  supported until 2025-12-15
            python3.10  Amazon Linux 2     glibc 2.26  supported until 2026-10-31
            python3.11  Amazon Linux 2     glibc 2.26  supported until 2027-06-30
            python3.12  Amazon Linux 2023  glibc 2.34  supported until 2028-10-31
            python3.13  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.14  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.15  Amazon Linux 2023  glibc 2.34  no end of support known

        To fix, use one of these runtimes, or add a newer one, with the version of its C library, to pants.toml:

          [aws-lambda.extra_runtimes]
          "python3.16" = { glibc = "2.34" }
        """).strip()


@pytest.mark.parametrize("name", ["", "3.13", "python3", "python3.x", "nodejs24.x", "Python3.13"])
def test_suggested_entry_has_a_valid_name(name: str) -> None:
    """The error suggests the unknown name for `extra_runtimes` only if it can be a runtime."""
    with pytest.raises(UnknownRuntime) as caught:
        find_runtime(name, RUNTIMES, where=WHERE)

    assert str(caught.value).endswith('  "python3.16" = { glibc = "2.34" }')


@pytest.mark.parametrize(("name", "machine"), [("x86_64", "x86_64"), ("arm64", "aarch64")])
def test_architecture_has_two_names(name: str, machine: str) -> None:
    """AWS's `arm64` is `aarch64` in wheel tags."""
    architecture = find_architecture(name, where=WHERE)

    assert architecture.machine == machine
    assert Architecture.of_machine(machine) is architecture
    assert Architecture.of_machine("riscv64") is None


@pytest.mark.parametrize(
    ("name", "choices"),
    [("aarch64", "`arm64`"), ("amd64", "`x86_64` or `arm64`"), ("", "`x86_64` or `arm64`")],
)
def test_unknown_architecture_lists_known_ones(name: str, choices: str) -> None:
    """For a name in wheel tags, the error suggests only the same architecture."""
    with pytest.raises(UnknownArchitecture) as caught:
        find_architecture(name, where=WHERE)

    assert str(caught.value) == (
        f"The architecture {name!r} of the `lambda_function` target src/api:fn is not known.\n"
        "\n"
        "  known architectures: x86_64, arm64\n"
        "\n"
        f"To fix, set `architecture` to {choices}."
    )


@pytest.mark.parametrize(
    ("name", "facts", "runtime"),
    [
        ("python3.16", {"glibc": "2.34"}, Runtime((3, 16), 0, "", (2, 34), None)),
        (
            "python3.16",
            {
                "glibc": "2.40",
                "patch": "1",
                "end_of_support": "2030-06-30",
                "operating_system": "Amazon Linux 2025",
            },
            Runtime((3, 16), 1, "Amazon Linux 2025", (2, 40), date(2030, 6, 30)),
        ),
        ("python3.13", {"glibc": "2.34", "patch": "12"}, Runtime((3, 13), 12, "", (2, 34), None)),
        ("python3.8", {"glibc": "2.26"}, Runtime((3, 8), 0, "", (2, 26), None)),
        # TOML allows numbers without quotes.
        ("python3.16", {"glibc": 2.34, "patch": 2}, Runtime((3, 16), 2, "", (2, 34), None)),
    ],
)
def test_extra_runtime_is_added_to_the_table(
    name: str, facts: Mapping[str, str], runtime: Runtime
) -> None:
    """It replaces a runtime of the table with its name, and the runtimes stay sorted."""
    known = known_runtimes({name: facts})

    assert find_runtime(name, known, where=WHERE) == runtime
    assert [each.python for each in known] == sorted(
        {r.python for r in RUNTIMES} | {runtime.python}
    )


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("3.15", {"glibc": "2.34"}),
        ("python3", {"glibc": "2.34"}),
        ("python3.16", {}),
        ("python3.16", {"glibc": "2"}),
        ("python3.16", {"glibc": "new"}),
        ("python3.16", {"glibc": "2.34", "patch": "rc1"}),
        ("python3.16", {"glibc": "2.34", "patch": ""}),
        ("python3.16", {"glibc": "2.34", "end_of_support": "June 2030"}),
        ("python3.16", {"glibc": "2.34", "end_of_support": ""}),
        ("python3.16", {"glibc": "2.34", "libc": "2.34"}),
        ("python3.16", "2.34"),
        ("python3.16", ["2.34"]),
        ("python3.16", None),
    ],
)
def test_invalid_extra_runtime_is_shown(name: str, facts: Any) -> None:
    """The error prints the entry and the form of a valid entry."""
    with pytest.raises(InvalidExtraRuntime) as caught:
        known_runtimes({name: facts})

    assert str(caught.value) == (
        "The option `[aws-lambda].extra_runtimes` has an entry that cannot be used.\n"
        "\n"
        f"  {name!r} = {facts!r}\n"
        "\n"
        'To fix, write it as "python3.16" = { glibc = "2.34" }. An entry may also have '
        '`patch` ("1"), `end_of_support` ("2030-06-30") and `operating_system`.'
    )


@pytest.mark.parametrize(
    ("today", "is_past"),
    [(date(2026, 10, 30), False), (date(2026, 10, 31), False), (date(2026, 11, 1), True)],
)
def test_support_ends_after_its_last_day(today: date, is_past: bool) -> None:
    """Only after the last day of support, there is a sentence, which names it."""
    python310 = find_runtime("python3.10", RUNTIMES, where=WHERE)
    sentence = "AWS ended support for python3.10 on 2026-10-31 (as of 2026-11-29)."

    assert describe_ended_support(python310, today=today) == (sentence if is_past else None)


def test_support_without_a_last_day_does_not_end() -> None:
    """An extra runtime needs no end of support."""
    (extra,) = (r for r in known_runtimes({"python3.16": {"glibc": "2.34"}}) if r not in RUNTIMES)

    assert describe_ended_support(extra, today=date(2099, 1, 1)) is None
