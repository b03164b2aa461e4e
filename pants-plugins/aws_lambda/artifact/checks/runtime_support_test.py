"""Tests of L014: runtimes that AWS no longer supports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from aws_lambda.artifact.checks.runtime_support import check_runtime_support
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, find_runtime

PYTHON_3_13 = find_runtime("python3.13", RUNTIMES, where=Where("lambda_function", "src/api:fn"))


def test_runtime_after_its_end_of_support() -> None:
    """The finding starts on the day after, and has the day on which AWS's table was read."""
    end = PYTHON_3_13.end_of_support
    assert end == date(2029, 6, 30)

    assert [*check_runtime_support(PYTHON_3_13, today=date(2029, 7, 1))] == [
        Finding(
            "L014",
            "python3.13",
            "AWS ended support for python3.13 on 2029-06-30 (as of 2026-11-29).",
            "set a newer `runtime`.",
        )
    ]
    assert not [*check_runtime_support(PYTHON_3_13, today=end)]


def test_runtime_without_end_of_support() -> None:
    """AWS announces no date for new runtimes."""
    runtime = replace(PYTHON_3_13, end_of_support=None)

    assert not [*check_runtime_support(runtime, today=date.max)]
