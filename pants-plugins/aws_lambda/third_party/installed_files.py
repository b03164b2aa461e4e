"""Finds the installed files of a wheel, once for all artifacts that contain it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.same_objects import Same
from aws_lambda.artifact.wheels.installed_paths import Placement, installed_files
from aws_lambda.artifact.wheels.wheel import Wheel
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
    return _install(Same(opened.wheel), request.placement)


@lru_cache(maxsize=256)
def _install(wheel: Same[Wheel], placement: Placement) -> InstalledFiles:
    (opened,) = wheel.values
    return InstalledFiles(installed_files(opened, placement))


def rules() -> Iterable[Any]:
    return collect_rules()
