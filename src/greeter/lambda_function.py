"""Greets in the caller's language."""

from typing import Any

from salutations.languages import salutation


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    return {"greeting": f"{salutation(event.get('language', 'en'))}, {event['name']}!"}
