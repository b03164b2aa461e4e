"""Tests of L028: native programs of wheels that the artifact does not contain."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.native_programs import check_native_programs
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.wheels.wheel import Wheel
from aws_lambda.testing.wheels import demo_wheel, report_entry

WHERE = Where("lambda_function", "src/api:fn")
PROGRAMS = {
    f"demo-1.0.data/scripts/{name}": size for name, size in (("uv", 3 << 20), ("uvx", 1000))
}


def wheel_with_programs() -> Wheel:
    programs = (
        report_entry(path, elf=True, size=size, packed=size) for path, size in PROGRAMS.items()
    )
    return demo_wheel({}, *programs, report_entry("demo-1.0.data/scripts/old", b"#!/bin/sh"))


@pytest.mark.parametrize(
    ("scripts", "listed", "fix"),
    [
        (
            [],
            "the native programs of demo 1.0: uv (3.0 MiB), uvx (1000 B)",
            'set `scripts=["uv", "uvx"]` if your code runs them.',
        ),
        (
            ["other", "uv"],
            "a native program of demo 1.0: uvx (1000 B)",
            'set `scripts=["other", "uv", "uvx"]` if your code runs it.',
        ),
    ],
)
def test_missing_programs(scripts: list[str], listed: str, fix: str) -> None:
    """The fix is the whole value of the field, with the entries that it already has."""
    assert [*check_native_programs([wheel_with_programs()], scripts, [], where=WHERE)] == [
        Finding("L028", "demo", f"{WHERE.at_start} does not contain {listed}.", fix)
    ]


def test_programs_that_the_artifact_or_a_layer_contains() -> None:
    """The scripts of layers and of functions that attach the layer count as well."""
    assert not [*check_native_programs([wheel_with_programs()], ["uv"], ["uvx"], where=WHERE)]
