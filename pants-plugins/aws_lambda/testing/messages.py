"""Error messages as tests write them."""

from __future__ import annotations

from textwrap import dedent


def dedent_message(message: str) -> str:
    """Return a message without its indentation, and without the line breaks around it."""
    return dedent(message).strip()
