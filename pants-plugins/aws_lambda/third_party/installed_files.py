"""Finds the installed files of a wheel, once for all artifacts that contain it."""

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
class InstalledFilesRequest:
    wheel: WheelFile
    placement: Placement


@dataclass(frozen=True)
class InstalledFiles:
    """The files, sorted by path."""

    files: tuple[ArtifactFile, ...]


@rule(desc="Install a wheel", level=LogLevel.DEBUG)
async def install_wheel(request: InstalledFilesRequest) -> InstalledFiles:
    opened = await open_wheel(request.wheel)
    return InstalledFiles(installed_files(opened.wheel, request.placement))


def rules() -> Iterable[Any]:
    return collect_rules()
