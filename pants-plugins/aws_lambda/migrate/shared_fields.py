"""Fields that several kinds of migrated targets have, left out where the defaults are right."""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda.migrate.build_file_targets import Code, Value, quote
from aws_lambda.migrate.chosen_functions import ChosenCode


def resolve_field(resolves: Sequence[str], default: str) -> dict[str, Value]:
    """Return the field `resolve`, unless the default resolve is the only one."""
    if len(resolves) > 1:
        return {"resolve": _parametrize(resolves)}
    return {"resolve": resolves[0]} if resolves and resolves[0] != default else {}


def platform_fields(
    runtimes: Sequence[str], architectures: Sequence[str], chosen: ChosenCode
) -> dict[str, Value]:
    """Return the fields `runtime` and `architecture`, unless the defaults are equal to them."""
    fields: dict[str, Value] = {}
    if len(runtimes) > 1:
        fields["runtime"] = _parametrize(runtimes)
    elif runtimes and len(chosen.pythons) > 1:
        fields["runtime"] = runtimes[0]
    if len(architectures) > 1:
        fields["architecture"] = _parametrize(architectures)
    elif architectures and architectures[0] != chosen.default_architecture:
        fields["architecture"] = architectures[0]
    return fields


def _parametrize(values: Sequence[str]) -> Code:
    return Code(f"parametrize({', '.join(map(quote, values))})")
