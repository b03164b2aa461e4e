"""Reading time."""

from math import ceil

WORDS_PER_MINUTE = 200


def minutes(text: str) -> int:
    """Whole minutes, rounded up; none for an empty text."""
    return ceil(len(text.split()) / WORDS_PER_MINUTE)
