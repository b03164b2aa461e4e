"""Test the table of standard library modules against this Python."""

from __future__ import annotations

import sys

import pytest

from aws_lambda.artifact.standard_library import (
    ALL_STANDARD_MODULES,
    PUBLIC_STANDARD_MODULES,
    public_standard_library,
    standard_library,
)

VERSIONS = [(3, minor) for minor in range(9, 17)]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 has no list of its names")
def test_table_contains_modules_of_this_python() -> None:
    """It may contain more: modules that a later patch release removed or added."""
    names: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())

    assert names <= standard_library(sys.version_info[:2])


def test_table_contains_builtin_modules_of_this_python() -> None:
    """This holds on 3.9 as well, except for modules that test the interpreter."""
    mine = {name for name in sys.builtin_module_names if not name.startswith("_xx")}

    assert mine - {"__main__", "xxsubtype"} <= standard_library(sys.version_info[:2])


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("os", 9, 16),
        ("_socket", 9, 16),
        ("_ctypes", 9, 16),
        ("__future__", 9, 16),
        ("parser", 9, 9),
        ("formatter", 9, 9),
        ("symbol", 9, 9),
        ("binhex", 9, 10),
        ("zoneinfo", 9, 16),
        ("tomllib", 11, 16),
        ("asyncore", 9, 11),
        ("distutils", 9, 11),
        ("imp", 9, 11),
        ("cgi", 9, 12),
        ("lib2to3", 9, 12),
        ("telnetlib", 9, 12),
        ("annotationlib", 14, 16),
        ("_compression", 9, 13),
        ("compression", 14, 16),
        ("sre_parse", 9, 14),
        ("profiling", 15, 16),
        ("_zstd", 14, 16),
        ("_typeshed", 17, 16),
        ("setuptools", 17, 16),
    ],
)
def test_modules_are_added_and_removed(name: str, first: int, last: int) -> None:
    """A module exists from one minor version to another, and 3.16 counts as 3.15."""
    having = [minor for _, minor in VERSIONS if name in standard_library((3, minor))]

    assert having == list(range(first, last + 1))


@pytest.mark.parametrize("python", VERSIONS)
def test_public_modules_exclude_private_ones(python: tuple[int, int]) -> None:
    """The two exceptions are private modules that user code imports."""
    left_out = standard_library(python) - public_standard_library(python)

    assert public_standard_library(python) < standard_library(python)
    assert all(name.startswith("_") for name in left_out)
    assert {"__future__", "_thread", "json"} <= public_standard_library(python)


def test_union_has_public_modules_of_all_versions() -> None:
    """The union also contains modules that only one version has."""
    assert frozenset().union(*map(public_standard_library, VERSIONS)) == PUBLIC_STANDARD_MODULES
    assert {"parser", "distutils", "annotationlib"} <= PUBLIC_STANDARD_MODULES
    assert {*PUBLIC_STANDARD_MODULES, "_io", "_crypt", "_zstd"} <= ALL_STANDARD_MODULES
