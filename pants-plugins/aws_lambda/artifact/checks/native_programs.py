"""Native programs of wheels that the artifact does not contain: L028.

Artifacts contain scripts only if the field `scripts` lists them. A wheel that ships a program, such
as uv, may not work without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.output.manifest import format_bytes
from aws_lambda.artifact.wheels.wheel import Wheel


def check_native_programs(
    wheels: Iterable[Wheel],
    scripts: Sequence[str],
    other_scripts: Iterable[str],
    *,
    where: Where,
) -> Iterable[Finding]:
    """L028: wheels with native programs among their scripts that the artifact does not contain.

    `scripts` are the names in the target's own field, and `other_scripts` those of its layers or of
    the functions that attach it.
    """
    known = {*scripts, *other_scripts}
    for wheel in wheels:
        missing = [(name, size) for name, size in wheel.programs if name not in known]
        if missing:
            one = len(missing) == 1
            programs = ", ".join(f"{name} ({format_bytes(size)})" for name, size in missing)
            entries = json.dumps([*scripts, *(name for name, _ in missing)])
            yield Finding(
                "L028",
                wheel.distribution.name,
                f"{where.at_start} does not contain {'a' if one else 'the'} native "
                f"program{'' if one else 's'} of {wheel.distribution}: {programs}.",
                f"set `scripts={entries}` if your code runs {'it' if one else 'them'}.",
            )
