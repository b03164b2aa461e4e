"""Runtimes that AWS no longer supports: L014."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.runtimes import Runtime, describe_ended_support


def check_runtime_support(runtime: Runtime, *, today: date) -> Iterable[Finding]:
    """L014: a runtime whose support ended before `today`."""
    ended = describe_ended_support(runtime, today=today)
    if ended:
        yield Finding("L014", runtime.name, ended, "set a newer `runtime`.")
