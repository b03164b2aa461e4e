"""Which wheel of a distribution serves all platforms of an artifact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import PlatformError, Where, columns, describe
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.wheels.pex_lock import parse_tags


class PlatformsDisagree(PlatformError):
    """The entries of `complete_platforms` take different wheels of one distribution. An artifact
    contains one file at each path, so it cannot contain several wheels of a distribution.

    To fix, declare a target for each platform, or lock a version with one wheel for all of them.
    """


def choose_wheels(
    distributions: Iterable[Distribution], platforms: Sequence[CompletePlatform], *, where: Where
) -> frozenset[Distribution]:
    """Of each distribution the wheel that fits all platforms, each of which has chosen its own.

    Raises `PlatformsDisagree` with those of which none does.
    """
    by_name: dict[str, list[Distribution]] = {}
    for each in sorted(distributions):
        by_name.setdefault(each.name, []).append(each)
    chosen: set[Distribution] = set()
    apart: list[Distribution] = []
    for wheels in by_name.values():
        fit = [w for w in wheels if _fits_all(w.wheel, platforms)] if wheels[1:] else wheels
        chosen.update(fit[:1])
        apart.extend(() if fit else wheels)
    if apart:
        raise PlatformsDisagree(
            describe(
                f"The `complete_platforms` of {where} take different wheels of one distribution.",
                facts=columns([(str(each), each.wheel) for each in apart]),
                why="An artifact holds one file at each path, and no one of these fits them all.",
                fix=(
                    "make a target for each platform, with one entry in `complete_platforms`, or "
                    "lock a version with a wheel for all of them."
                ),
            )
        )
    return frozenset(chosen)


def _fits_all(wheel: str, platforms: Iterable[CompletePlatform]) -> bool:
    tags = {str(tag) for tag in parse_tags(wheel)}
    return not any(tags.isdisjoint(platform.compatible_tags) for platform in platforms)
