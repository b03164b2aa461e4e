"""The lists of files that functions find in Lambda."""

from __future__ import annotations

import pytest

from aws_lambda_emulator.lambda_files import (
    is_possible_library,
    is_uncertain_library,
    library_stem,
    list_programs,
)


@pytest.mark.parametrize(
    ("name", "stem", "is_possible", "is_uncertain"),
    [
        ("libc.so.6", "libc", True, False),
        ("libpython3.13.so.1.0", "libpython3.13", False, False),
        ("libz.so", "libz", False, False),
        ("libc-2.34.so", "libc", True, False),
        ("libxml2.so.2", "libxml2", True, True),
        ("libglib-2.0.so.0", "libglib", True, True),
        ("libdb-5.3.so", "libdb", True, True),
        ("libmagic.so.1", "libmagic", False, False),
    ],
)
def test_libraries_by_name(name: str, stem: str, is_possible: bool, is_uncertain: bool) -> None:
    """A list may contain a name with its version or without. Compilers use names without one."""
    found = (library_stem(name), is_possible_library(name), is_uncertain_library(name))

    assert found == (stem, is_possible, is_uncertain)


def test_programs_of_a_runtime() -> None:
    """Amazon Linux 2 has programs that the minimal image of Amazon Linux 2023 lacks."""
    old, new = set(list_programs((3, 11))), set(list_programs((3, 12)))

    assert new < old
    assert {"find", "xargs", "diff", "tput"} <= old - new
    assert {"bash", "curl", "sed", "ls"} <= new
