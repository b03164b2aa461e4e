"""Test which platforms this machine can run."""

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
def test_runnable_platforms(host: Host, platforms: list[CompletePlatform], fit: list[int]) -> None:
    """A machine runs platforms of its system and processor, whichever name that has."""
    assert host.select_runnable(platforms) == tuple(platforms[i] for i in fit)


@pytest.mark.parametrize(
    ("host", "platforms", "sentences"),
    [
        (LINUX, lambda_on(ARM64), "is for arm64. This machine is x86_64"),
        (MACOS, lambda_on(ARM64), "is for Linux. This machine runs macOS"),
        (LINUX, [MAC], "is for macOS. This machine runs Linux"),
        (
            LINUX,
            [*lambda_on(ARM64), recorded(sys_platform="linux", platform_machine="riscv64")],
            "is for arm64 and riscv64. This machine is x86_64",
        ),
    ],
)
def test_override_is_described(
    host: Host, platforms: list[CompletePlatform], sentences: str
) -> None:
    """The text names the target's platforms and this machine's."""
    assert host.describe_override("src/x:fn", platforms) == (
        f"src/x:fn {sentences}, so Pants built the function for this machine."
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
def test_document_without_a_platform_is_refused(document: str) -> None:
    """Without tags or markers, PEX can choose no wheels."""
    with pytest.raises(ValueError, match=r"no tags, or no|Expecting value"):
        read_platform(document)
