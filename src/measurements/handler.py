"""Summarizes the measurements of a sensor."""

from typing import Any

import numpy as np
from pydantic import BaseModel


class Measurements(BaseModel):
    sensor: str
    values: list[float]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    measured = Measurements.model_validate(event)
    mean, deviation = np.mean(measured.values), np.std(measured.values)
    return {"sensor": measured.sensor, "mean": float(mean), "deviation": float(deviation)}
