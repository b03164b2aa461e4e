"""This machine, beside what artifacts are built for."""

from __future__ import annotations

import json

import pytest

from aws_lambda.artifact.platforms.host import Host
from aws_lambda.artifact.platforms.platform import (
    CompletePlatform,
    compute_platform,
    read_platform,
)
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture

X86_64, ARM64 = Architecture
LINUX = Host("linux", X86_64)
MACOS = Host("darwin", ARM64)


def lambda_on(*architectures: Architecture, python: str = "3.13") -> list[CompletePlatform]:
    (runtime,) = (each for each in RUNTIMES if each.version == python)
    return [compute_platform(runtime, each) for each in architectures]


def recorded(**markers: str) -> CompletePlatform:
    environment = {"python_version": "3.13", **markers}
    tags = ["cp313-cp313-any"]
    return read_platform(json.dumps({"compatible_tags": tags, "marker_environment": environment}))


MAC = recorded(sys_platform="darwin", platform_machine="arm64")


@pytest.mark.parametrize(
    ("host", "platforms", "fit"),
    [
        (LINUX, lambda_on(X86_64), [0]),
        (LINUX, lambda_on(ARM64), []),
        (LINUX, lambda_on(ARM64, X86_64), [1]),
        (LINUX, [*lambda_on(X86_64), *lambda_on(X86_64, python="3.9")], [1, 0]),
        (LINUX, [recorded()], []),
        (MACOS, lambda_on(ARM64), []),
        (MACOS, [MAC], [0]),
    ],
)
def test_what_a_machine_runs(host: Host, platforms: list[CompletePlatform], fit: list[int]) -> None:
    """Its own system and its own processor, however that is spelled; the oldest Python first."""
    assert host.select_runnable(platforms) == tuple(platforms[i] for i in fit)


@pytest.mark.parametrize(
    ("host", "platforms", "said"),
    [
        (LINUX, lambda_on(ARM64), "is built for arm64; this machine is x86_64"),
        (MACOS, lambda_on(ARM64), "is built for Linux; this machine runs macOS"),
        (LINUX, [MAC], "is built for macOS; this machine runs Linux"),
        (
            LINUX,
            [*lambda_on(ARM64), recorded(sys_platform="linux", platform_machine="riscv64")],
            "is built for arm64 and riscv64; this machine is x86_64",
        ),
    ],
)
def test_what_is_said_of_a_stand_in(
    host: Host, platforms: list[CompletePlatform], said: str
) -> None:
    """One line: what it was built for, and why not for that."""
    assert host.describe_override("src/x:fn", platforms) == (
        f"src/x:fn {said}, so the same function was built for it."
    )


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "{}",
        '{"compatible_tags": [], "marker_environment": {"python_version": "3.13"}}',
        '{"compatible_tags": ["py3-none-any"], "marker_environment": {}}',
        '{"compatible_tags": ["py3-none-any"], "marker_environment": null}',
    ],
)
def test_what_does_not_describe_a_platform(document: str) -> None:
    """No tags, or no markers: nothing could be chosen for it."""
    with pytest.raises(ValueError, match=r"no tags, or no|Expecting value"):
        read_platform(document)
