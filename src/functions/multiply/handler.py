"""Multiplies numbers."""

from math import prod
from typing import Any

from shared.operands import Operands


def handler(event: dict[str, Any], context: object) -> dict[str, float]:
    return {"product": prod(Operands.model_validate(event).numbers)}
