"""What keeps a function from being emulated at all, said to the one who asked for it."""

from __future__ import annotations


class EmulatorFault(Exception):
    """Its text says what happened, where, the facts, and how to fix it."""
