"""The files that a wheel leaves in an artifact: found once, however many artifacts carry it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.wheels.installed_paths import Placement, installed_files
from aws_lambda.pants_api import collect_rules, rule
from aws_lambda.third_party.wheel_contents import WheelFile, open_wheel


@dataclass(frozen=True)
class InstalledRequest:
    wheel: WheelFile
    placement: Placement


@dataclass(frozen=True)
class Installed:
    """Sorted by path."""

    files: tuple[ArtifactFile, ...]


@rule(desc="Install a wheel", level=LogLevel.DEBUG)
async def install_wheel(request: InstalledRequest) -> Installed:
    opened = await open_wheel(request.wheel)
    return Installed(installed_files(opened.wheel, request.placement))


def rules() -> Iterable[Any]:
    return collect_rules()
