"""Lambda's runtimes as data."""

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


def test_the_table_is_what_aws_published() -> None:
    """Name, system, glibc and end of support, as they stood on the day the table was read."""
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
def test_every_runtime_of_the_table_is_found_by_its_name(runtime: Runtime) -> None:
    """The name is AWS's: `python` and the minor version."""
    assert find_runtime(runtime.name, RUNTIMES, where=WHERE) == runtime


def test_an_unknown_runtime_lists_the_known_ones() -> None:
    """The error shows the table, and how to add a runtime that AWS has added since."""
    with pytest.raises(UnknownRuntime) as caught:
        find_runtime("python3.16", known_runtimes({}), where=WHERE)

    assert str(caught.value) == dedent("""
        The runtime 'python3.16' of the `lambda_function` target src/api:fn is not known.

          known (read 2026-11-29):
            python3.9   Amazon Linux 2     glibc 2.26  supported until 2025-12-15
            python3.10  Amazon Linux 2     glibc 2.26  supported until 2026-10-31
            python3.11  Amazon Linux 2     glibc 2.26  supported until 2027-06-30
            python3.12  Amazon Linux 2023  glibc 2.34  supported until 2028-10-31
            python3.13  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.14  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.15  Amazon Linux 2023  glibc 2.34  no end of support known

        To fix, use one of these names or, for a runtime that AWS has added since, tell pants.toml its C library:

          [aws-lambda.extra_runtimes]
          "python3.16" = { glibc = "2.34" }
        """).strip()


@pytest.mark.parametrize("name", ["", "3.13", "python3", "python3.x", "nodejs24.x", "Python3.13"])
def test_an_error_suggests_no_name_that_it_would_refuse(name: str) -> None:
    """What the user typed is offered for `extra_runtimes` only if it could be a runtime."""
    with pytest.raises(UnknownRuntime) as caught:
        find_runtime(name, RUNTIMES, where=WHERE)

    assert str(caught.value).endswith('  "python3.16" = { glibc = "2.34" }')


@pytest.mark.parametrize(("name", "machine"), [("x86_64", "x86_64"), ("arm64", "aarch64")])
def test_an_architecture_has_a_name_of_aws_and_one_of_the_machine(name: str, machine: str) -> None:
    """Wheels say `aarch64` where AWS says `arm64`."""
    architecture = find_architecture(name, where=WHERE)

    assert architecture.machine == machine
    assert Architecture.of_machine(machine) is architecture
    assert Architecture.of_machine("riscv64") is None


@pytest.mark.parametrize(
    ("name", "choices"),
    [("aarch64", "`arm64`"), ("amd64", "`x86_64` or `arm64`"), ("", "`x86_64` or `arm64`")],
)
def test_an_unknown_architecture_lists_the_known_ones(name: str, choices: str) -> None:
    """If it is a machine's name for a known one, the error offers only that."""
    with pytest.raises(UnknownArchitecture) as caught:
        find_architecture(name, where=WHERE)

    assert str(caught.value) == (
        f"The architecture {name!r} of the `lambda_function` target src/api:fn is not known.\n"
        "\n"
        "  known: x86_64, arm64\n"
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
        # Numbers without quotes, as TOML allows them.
        ("python3.16", {"glibc": 2.34, "patch": 2}, Runtime((3, 16), 2, "", (2, 34), None)),
    ],
)
def test_an_extra_runtime_joins_the_table(
    name: str, facts: Mapping[str, str], runtime: Runtime
) -> None:
    """It is found by its name, replaces the table's of that name, and the oldest stays first."""
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
def test_an_extra_runtime_that_cannot_be_read_is_shown(name: str, facts: Any) -> None:
    """The error prints the entry, and the form that an entry has."""
    with pytest.raises(InvalidExtraRuntime) as caught:
        known_runtimes({name: facts})

    assert str(caught.value) == (
        "An entry of `[aws-lambda].extra_runtimes` cannot be read.\n"
        "\n"
        f"  {name!r} = {facts!r}\n"
        "\n"
        'To fix, write it like "python3.16" = { glibc = "2.34" }. Besides `glibc`, an entry '
        'may hold `patch` ("1"), `end_of_support` ("2030-06-30") and `operating_system`.'
    )


@pytest.mark.parametrize(
    ("today", "is_past"),
    [(date(2026, 10, 30), False), (date(2026, 10, 31), False), (date(2026, 11, 1), True)],
)
def test_support_ends_after_its_last_day(today: date, is_past: bool) -> None:
    """Before the date and on it nothing is said; the day after, one sentence that names it."""
    python310 = find_runtime("python3.10", RUNTIMES, where=WHERE)
    sentence = "AWS ended its support of python3.10 on 2026-10-31 (as read on 2026-11-29)."

    assert describe_ended_support(python310, today=today) == (sentence if is_past else None)


def test_a_runtime_without_a_date_does_not_end() -> None:
    """An extra runtime may leave its end of support open."""
    (extra,) = (r for r in known_runtimes({"python3.16": {"glibc": "2.34"}}) if r not in RUNTIMES)

    assert describe_ended_support(extra, today=date(2099, 1, 1)) is None
