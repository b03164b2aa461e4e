"""Wheels for another platform: L004.

PEX chooses wheels from a lockfile by their tags, but not those that are built during the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.wheels.pex_lock import parse_tags
from aws_lambda.artifact.wheels.wheel import Wheel


def check_wheel_platforms(
    wheels: Iterable[Wheel], platforms: Sequence[CompletePlatform], *, described: str
) -> Iterable[Finding]:
    """L004: wheels without a tag that each of the platforms accepts.

    `described` names the platforms in the sentence, such as "python3.13 (x86_64)". A wheel whose
    file name has no tags gets no finding.
    """
    for wheel in wheels:
        tags = {str(tag) for tag in parse_tags(wheel.file_name)}
        if tags and any(tags.isdisjoint(platform.compatible_tags) for platform in platforms):
            yield Finding(
                "L004",
                wheel.distribution.name,
                f"The wheel {wheel.file_name} does not fit {described}.",
                "build or lock a wheel that fits this platform.",
            )
