"""Computed platforms, compared with the wheels in the package index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, Runtime
from aws_lambda.artifact.wheels.pex_lock import (
    Lockfile,
    NoWheelForPlatform,
    check_wheels,
    read_lockfile,
)
from aws_lambda.testing.repository import pex_tool

PROJECTS = ("cryptography", "numpy", "pydantic-core", "PyYAML")
BY_NAME = {runtime.name: runtime for runtime in RUNTIMES}


def lock(folder: Path, targets: Sequence[str], *requirements: str) -> Lockfile:
    """Let PEX lock the newest wheels for these targets, without an interpreter for them."""
    path = folder / "lock.json"
    subprocess.run(
        [
            *(sys.executable, str(pex_tool()), "lock", "create", "--pip-version", "24.2"),
            "--no-build",
            *targets,
            *("--indent", "2", "--output", str(path)),
            *requirements,
        ],
        env={**os.environ, "PEX_SCRIPT": "pex3"},
        check=True,
    )
    return read_lockfile(json.loads(path.read_text()), path="the.lock", resolve="the")


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_every_platform_has_wheels(runtime: Runtime, tmp_path: Path) -> None:
    """PEX finds native wheels for each runtime and architecture, and our checks agree."""
    platforms = [compute_platform(runtime, architecture) for architecture in Architecture]
    targets = []
    for i, platform in enumerate(platforms):
        (tmp_path / f"{i}.json").write_text(platform.as_json())
        targets += ["--complete-platform", str(tmp_path / f"{i}.json")]

    locked = lock(tmp_path, targets, *PROJECTS)

    for platform in platforms:
        check_wheels(
            locked,
            PROJECTS,
            platform,
            platform_name=runtime.name,
            where=Where("lambda_function", "a:b"),
        )


def test_newest_numpy_does_not_fit_an_old_glibc(tmp_path: Path) -> None:
    """If it is locked without regard to Lambda, numpy has no wheel for python3.11, and the error
    says so.
    """
    runtime = BY_NAME["python3.11"]
    locked = lock(
        tmp_path,
        ["--style", "universal", "--target-system", "linux"]
        + ["--interpreter-constraint", "CPython==3.11.*"],
        "numpy",
    )

    with pytest.raises(NoWheelForPlatform) as refused:
        check_wheels(
            locked,
            ["numpy"],
            compute_platform(runtime, Architecture.ARM64),
            platform_name="python3.11 on arm64 (glibc 2.26)",
            where=Where("lambda_function", "a:b"),
        )

    assert "its wheels need  manylinux_2_27_aarch64, manylinux_2_28_aarch64" in str(refused.value)
