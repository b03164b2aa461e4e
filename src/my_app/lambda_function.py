"""Tells how long a text takes to read."""

from typing import Any

from my_app.reading import minutes


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, int]:
    return {"minutes": minutes(event["text"])}
