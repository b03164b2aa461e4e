"""Tests of L004: wheels for another platform."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aws_lambda.artifact.checks.wheel_platforms import check_wheel_platforms
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.wheel import Wheel
from aws_lambda.testing.wheels import demo_wheel

WHERE = Where("lambda_function", "src/api:fn")
PYTHON_3_13 = find_runtime("python3.13", RUNTIMES, where=WHERE)
X86_64, ARM64 = (compute_platform(PYTHON_3_13, each) for each in Architecture)


def wheel_named(file_name: str) -> Wheel:
    demo = demo_wheel({})
    return replace(demo, distribution=replace(demo.distribution, wheel=file_name))


def test_wheel_for_another_platform() -> None:
    """The finding has the wheel's file name, which contains its tags."""
    name = "demo-1.0-cp313-cp313-manylinux_2_28_aarch64.whl"
    found = check_wheel_platforms([wheel_named(name)], [X86_64], described="python3.13 (x86_64)")

    assert [*found] == [
        Finding(
            "L004",
            "demo",
            f"The wheel {name} does not fit python3.13 (x86_64).",
            "build or lock a wheel that fits this platform.",
        )
    ]


@pytest.mark.parametrize(
    ("tags", "fits_x86_64", "fits_both"),
    [
        ("py3-none-any", True, True),
        ("cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64", True, False),
        ("cp36-abi3-manylinux_2_34_x86_64", True, False),
        ("py3-none-manylinux_2_17_x86_64.manylinux_2_17_aarch64", True, True),
        ("cp313-cp313-manylinux_2_35_x86_64", False, False),
        ("cp312-cp312-manylinux_2_28_x86_64", False, False),
        ("cp313-cp313-macosx_11_0_arm64", False, False),
        ("cp313-cp313-musllinux_1_2_x86_64", False, False),
    ],
)
def test_wheel_must_fit_every_platform(tags: str, fits_x86_64: bool, fits_both: bool) -> None:
    """Each platform must accept one of the wheel's tags."""
    demo = wheel_named(f"demo-1.0-{tags}.whl")

    assert (not [*check_wheel_platforms([demo], [X86_64], described="x")]) is fits_x86_64
    assert (not [*check_wheel_platforms([demo], [X86_64, ARM64], described="x")]) is fits_both


def test_wheel_name_without_tags() -> None:
    """Without tags, the check knows nothing, and the installer has accepted the wheel."""
    assert not [*check_wheel_platforms([wheel_named("demo.whl")], [X86_64], described="x")]
