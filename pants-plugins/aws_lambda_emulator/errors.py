"""The error that the emulator reports to its user."""

from __future__ import annotations


class EmulatorError(Exception):
    """A function cannot be emulated. The text states what happened, where, the facts and a fix."""
