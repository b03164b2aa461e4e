"""Test the choice of wheels for several platforms."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.wheel_choice import PlatformsDisagree, choose_wheels

WHERE = Where("lambda_function", "src/api:fn")
PYTHON312, PYTHON313 = (
    compute_platform(find_runtime(name, RUNTIMES, where=WHERE), Architecture.X86_64)
    for name in ("python3.12", "python3.13")
)
OLD_GLIBC = replace(
    PYTHON313,
    compatible_tags=tuple(tag for tag in PYTHON313.compatible_tags if "_2_28_" not in tag),
)


def wheel(tag: str, *, name: str = "native") -> Distribution:
    return Distribution(name, "1.0", f"{name}-1.0-{tag}.whl", "5e" * 32)


@pytest.mark.parametrize(
    ("tags", "chosen"),
    [
        (["cp313-cp313-manylinux_2_17_x86_64"], 0),
        (["cp313-cp313-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_17_x86_64"], 1),
        (["cp313-cp313-manylinux_2_28_x86_64", "py3-none-any"], 1),
        (["cp310-abi3-manylinux_2_17_x86_64", "py3-none-any"], 0),
        # Only one of the platforms needs this wheel.
        (["cp313-cp313-manylinux_2_28_x86_64"], 0),
    ],
)
def test_wheel_that_fits_all_platforms_is_chosen(tags: list[str], chosen: int) -> None:
    """If platforms have different wheels, the one that all of them accept is chosen."""
    wheels = [wheel(tag) for tag in tags]

    assert choose_wheels(wheels, [PYTHON313, OLD_GLIBC], where=WHERE) == {wheels[chosen]}


def test_platforms_without_a_common_wheel_are_refused() -> None:
    """The error lists all distributions that have no wheel for all platforms."""
    wheels = [
        wheel("py3-none-any", name="pure"),
        *(
            wheel(f"{tag}-manylinux_2_17_x86_64", name=name)
            for name in ("native", "other")
            for tag in ("cp313-cp313", "cp312-cp312")
        ),
    ]

    with pytest.raises(PlatformsDisagree) as refused:
        choose_wheels(wheels, [PYTHON312, PYTHON313], where=WHERE)

    assert str(refused.value) == dedent("""
        The `complete_platforms` of the `lambda_function` target src/api:fn need different wheels of a distribution.

          native 1.0  native-1.0-cp312-cp312-manylinux_2_17_x86_64.whl
          native 1.0  native-1.0-cp313-cp313-manylinux_2_17_x86_64.whl
          other 1.0   other-1.0-cp312-cp312-manylinux_2_17_x86_64.whl
          other 1.0   other-1.0-cp313-cp313-manylinux_2_17_x86_64.whl

        An artifact contains one file at each path, and none of these wheels fits all platforms.

        To fix, declare a target for each platform, with one entry in `complete_platforms`, or lock a version with a wheel for all of them.
        """).strip()
