"""Finds targets that would write the same path under `dist/`, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.target_types import PexBinary
from pants.core.goals.package import OutputPathField
from pants.core.target_types import ArchiveFormatField
from pants.engine.target import AllUnexpandedTargets, Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import CollisionError, columns, describe
from aws_lambda.artifact.output.output_conflicts import Output, conflicting_outputs, find_conflicts
from aws_lambda.pants_api import collect_rules, rule
from aws_lambda.target_types import LambdaLayoutField


class CollidingOutputs(CollisionError):
    """Several targets would write their output to the same path under `dist/`.

    To fix, give each of them its own `output_path`.
    """


@dataclass(frozen=True)
class OutputPaths:
    """The output paths of all targets that another target would overwrite."""

    clashes: tuple[tuple[Output, Output], ...]

    def check(self, address: str) -> None:
        """Raise `CollidingOutputs`, with all clashes, if this target is part of one."""
        if not any(address in (one.address, other.address) for one, other in self.clashes):
            return
        raise CollidingOutputs(
            describe(
                "Targets would overwrite each other's output under `dist`.",
                facts=columns(
                    [
                        (each.path, each.alias, each.address)
                        for each in conflicting_outputs(self.clashes)
                    ]
                ),
                fix='give each of them an `output_path` of its own, such as "api/function.zip".',
            )
        )


@rule(desc="Compare output paths", level=LogLevel.DEBUG)
async def compare_outputs(targets: AllUnexpandedTargets) -> OutputPaths:
    written = (output for target in targets for output in _outputs(target))
    return OutputPaths(find_conflicts(written))


def _outputs(target: Target) -> Iterable[Output]:
    if not target.has_field(OutputPathField):
        return
    path = output_path(target)
    is_ours = target.has_field(LambdaLayoutField)
    yield Output(path, target.address.spec, target.alias, is_ours)
    if is_ours:
        for beside in ("metadata.json", "cdx.json"):
            yield Output(f"{path}.{beside}", target.address.spec, target.alias, is_ours)


def output_path(target: Target) -> str:
    """The path of a target's output below `dist/`."""
    return target[OutputPathField].value_or_default(file_ending=_ending(target))


def _ending(target: Target) -> str | None:
    """The suffix of a target's default output path."""
    if target.has_field(LambdaLayoutField):
        return "zip" if target[LambdaLayoutField].value == "zip" else None
    if target.has_field(ArchiveFormatField):
        return target[ArchiveFormatField].value
    if isinstance(target, PexBinary):
        return "pex"
    return None


def rules() -> Iterable[Any]:
    return collect_rules()
