"""Check that the wheels of a target have the scripts that its field `scripts` names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from aws_lambda.artifact.errors import WheelError, Where, columns, describe
from aws_lambda.artifact.wheels.wheel import Wheel


class UnknownScript(WheelError):
    """The field `scripts` names a script that no distribution of the target has. The message lists
    the scripts that exist.

    To fix, correct the field `scripts`.
    """


def check_scripts(scripts: Iterable[str], wheels: Iterable[Wheel], *, where: Where) -> None:
    """Raise `UnknownScript` if no wheel of the artifact has one of the scripts."""
    known = sorted({name for wheel in wheels for name in wheel.scripts})
    unknown = sorted(set(scripts) - set(known))
    if not unknown:
        return
    rows = [
        (name, f"similar names: {', '.join(similar)}" if similar else "no similar name")
        for name in unknown
        for similar in [difflib.get_close_matches(name, known)]
    ]
    raise UnknownScript(
        describe(
            f"No distribution of {where} has these scripts.",
            facts=[*columns(rows), f"available scripts: {', '.join(known) or 'none'}"],
            fix="correct the field `scripts`.",
        )
    )
