"""The error that the emulator reports to its user, and commands for the fix."""

from __future__ import annotations

import os

from aws_lambda_emulator.protocol import PANTS_VARIABLE


class EmulatorError(Exception):
    """A function cannot be emulated. The text states what happened, where, the facts and a fix."""


def pants_command(arguments: str) -> str:
    """The command that runs Pants with these arguments, as users type it."""
    return f"{os.environ.get(PANTS_VARIABLE, 'pants')} {arguments}"
