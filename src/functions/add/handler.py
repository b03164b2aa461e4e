"""Adds numbers."""

from typing import Any

from shared.operands import Operands


def handler(event: dict[str, Any], context: object) -> dict[str, float]:
    return {"sum": sum(Operands.model_validate(event).numbers)}
