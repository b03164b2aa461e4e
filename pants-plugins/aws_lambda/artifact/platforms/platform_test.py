"""Test the computed platforms of Lambda's runtimes."""

from __future__ import annotations

import json

import pytest
from packaging.markers import Marker

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import CompletePlatform, compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime


def platform_of(runtime: str, architecture: Architecture) -> CompletePlatform:
    return compute_platform(
        find_runtime(runtime, RUNTIMES, where=Where("lambda_function", "a:b")), architecture
    )


@pytest.mark.parametrize(
    ("runtime", "architecture", "count", "first", "last_native"),
    [
        ("python3.9", "x86_64", 558, "cp39-cp39-manylinux_2_26_x86_64", "py30-none-linux_x86_64"),
        (
            "python3.11",
            "arm64",
            314,
            "cp311-cp311-manylinux_2_26_aarch64",
            "py30-none-linux_aarch64",
        ),
        (
            "python3.12",
            "x86_64",
            933,
            "cp312-cp312-manylinux_2_34_x86_64",
            "py30-none-linux_x86_64",
        ),
        (
            "python3.12",
            "arm64",
            555,
            "cp312-cp312-manylinux_2_34_aarch64",
            "py30-none-linux_aarch64",
        ),
        (
            "python3.14",
            "x86_64",
            1071,
            "cp314-cp314-manylinux_2_34_x86_64",
            "py30-none-linux_x86_64",
        ),
    ],
)
def test_tags_are_sorted_from_native_to_pure(
    runtime: str, architecture: str, count: int, first: str, last_native: str
) -> None:
    """The newest glibc is first, and `py30-none-any` last; AWS's image of 3.12 has as many."""
    tags = platform_of(runtime, Architecture(architecture)).compatible_tags

    assert len(tags) == len(set(tags)) == count
    assert tags[0] == first
    assert tags[-1] == "py30-none-any"
    assert [tag for tag in tags if not tag.endswith("-any")][-1] == last_native


def test_legacy_names_follow_their_glibc_version() -> None:
    """According to PEP 600, manylinux2014 is manylinux_2_17, 2010 is 2_12, and 1 is 2_5."""
    tags = platform_of("python3.12", Architecture.X86_64).compatible_tags
    names = [tag.partition("cp312-cp312-")[2] for tag in tags if tag.startswith("cp312-cp312-")]

    assert names == [
        *(f"manylinux_2_{minor}_x86_64" for minor in range(34, 16, -1)),
        "manylinux2014_x86_64",
        *(f"manylinux_2_{minor}_x86_64" for minor in range(16, 11, -1)),
        "manylinux2010_x86_64",
        *(f"manylinux_2_{minor}_x86_64" for minor in range(11, 4, -1)),
        "manylinux1_x86_64",
        "linux_x86_64",
    ]


def test_oldest_glibc_of_arm64_is_2_17() -> None:
    """No wheel tag for aarch64 names an older glibc (PEP 599)."""
    tags = platform_of("python3.12", Architecture.ARM64).compatible_tags
    names = [tag.partition("cp312-abi3-")[2] for tag in tags if tag.startswith("cp312-abi3-")]

    assert names == [
        *(f"manylinux_2_{minor}_aarch64" for minor in range(34, 16, -1)),
        "manylinux2014_aarch64",
        "linux_aarch64",
    ]


@pytest.mark.parametrize(
    "tag", ["cp37-abi3-manylinux2014_x86_64", "py3-none-manylinux_2_5_x86_64", "py3-none-any"]
)
def test_wheels_for_older_pythons_are_accepted(tag: str) -> None:
    """The stable ABI of an older Python, native code for `ctypes`, and pure Python."""
    assert tag in platform_of("python3.13", Architecture.X86_64).compatible_tags


@pytest.mark.parametrize(
    "tag",
    [
        "cp313-cp313-manylinux_2_35_x86_64",
        "cp313-cp313-musllinux_1_2_x86_64",
        "cp313-cp313t-manylinux_2_34_x86_64",
        "cp313-cp313-manylinux_2_34_aarch64",
        "cp312-cp312-manylinux_2_34_x86_64",
        "cp314-abi3-manylinux_2_34_x86_64",
        "pp310-pypy310_pp73-manylinux_2_17_x86_64",
    ],
)
def test_wheels_that_cannot_be_loaded_are_not_accepted(tag: str) -> None:
    """A newer glibc, another C library, free threading, another machine or another Python."""
    assert tag not in platform_of("python3.13", Architecture.X86_64).compatible_tags


@pytest.mark.parametrize("architecture", Architecture)
@pytest.mark.parametrize(("runtime", "glibc"), [("python3.11", (2, 26)), ("python3.12", (2, 34))])
def test_glibc_of_a_runtime(
    runtime: str, architecture: Architecture, glibc: tuple[int, int]
) -> None:
    """The newest glibc of the tags is the one in the table of runtimes."""
    assert platform_of(runtime, architecture).glibc == glibc


@pytest.mark.parametrize(
    ("tags", "glibc"),
    [
        ((), None),
        (("py3-none-any", "cp313-cp313-linux_x86_64", "cp313-cp313-musllinux_1_2_x86_64"), None),
        (("cp313-cp313-manylinux2014_x86_64",), None),
        (("a-b-manylinux_2_9_x86_64", "a-b-manylinux_2_28_x86_64"), (2, 28)),
        (("a-b-manylinux_2_34_x86_64", "a-b-manylinux_3_0_x86_64"), (3, 0)),
    ],
)
def test_glibc_is_the_newest_of_the_tags(
    tags: tuple[str, ...], glibc: tuple[int, int] | None
) -> None:
    """Versions are compared as numbers; without a tag that names glibc, there is none."""
    assert CompletePlatform(tags, ()).glibc == glibc


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ('sys_platform == "linux"', True),
        ('os_name == "posix" and platform_system == "Linux"', True),
        ('platform_machine == "aarch64"', True),
        ('platform_machine == "arm64"', False),
        ('python_version >= "3.11"', True),
        ('python_full_version < "3.11.4"', False),
        ('implementation_name == "cpython"', True),
        ('platform_python_implementation == "PyPy"', False),
        ('extra == "test"', False),
    ],
)
def test_markers_are_those_of_lambda(marker: str, holds: bool) -> None:
    """Markers are evaluated for Lambda, not for the machine that builds."""
    markers = platform_of("python3.11", Architecture.ARM64).markers

    assert Marker(marker).evaluate({**markers, "extra": ""}) is holds


def test_document_has_the_form_of_pex() -> None:
    """It has the tags in order, and the eleven variables of PEP 508."""
    platform = platform_of("python3.13", Architecture.ARM64)

    assert json.loads(platform.as_json()) == {
        "compatible_tags": list(platform.compatible_tags),
        "marker_environment": {
            "implementation_name": "cpython",
            "implementation_version": "3.13.9",
            "os_name": "posix",
            "platform_machine": "aarch64",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": "3.13.9",
            "python_version": "3.13",
            "sys_platform": "linux",
        },
    }
