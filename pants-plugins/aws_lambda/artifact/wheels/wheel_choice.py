"""Choose the wheel of each distribution that fits all platforms of an artifact."""

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
    """Return one wheel of each distribution that fits all platforms.

    `distributions` are the wheels that PEX chose for each platform. Raises `PlatformsDisagree`,
    which lists the distributions without such a wheel.
    """
    by_name: dict[str, list[Distribution]] = {}
    for each in sorted(distributions):
        by_name.setdefault(each.name, []).append(each)
    chosen: set[Distribution] = set()
    rejected: list[Distribution] = []
    for wheels in by_name.values():
        fit = [w for w in wheels if _fits_all(w.wheel, platforms)] if wheels[1:] else wheels
        chosen.update(fit[:1])
        rejected.extend(() if fit else wheels)
    if rejected:
        raise PlatformsDisagree(
            describe(
                f"The `complete_platforms` of {where} need different wheels of a distribution.",
                facts=columns([(str(each), each.wheel) for each in rejected]),
                why=(
                    "An artifact contains one file at each path, and none of these wheels fits all "
                    "platforms."
                ),
                fix=(
                    "declare a target for each platform, with one entry in `complete_platforms`, "
                    "or lock a version with a wheel for all of them."
                ),
            )
        )
    return frozenset(chosen)


def _fits_all(wheel: str, platforms: Iterable[CompletePlatform]) -> bool:
    tags = {str(tag) for tag in parse_tags(wheel)}
    return not any(tags.isdisjoint(platform.compatible_tags) for platform in platforms)
