"""Pants' native client, which finds or starts the daemon."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NoReturn

from bootstrap.installation import Installation


def exec_client(
    pants: Installation, environment: Mapping[str, str], arguments: list[str]
) -> NoReturn:
    """Replace this process with Pants."""
    program = client_program(pants, environment)
    os.execve(program, [program, *arguments], environment)


def client_program(pants: Installation, environment: Mapping[str, str]) -> str:
    """The native client, or the program behind it if the user set `PANTS_NO_NATIVE_CLIENT`."""
    if environment.get("PANTS_NO_NATIVE_CLIENT"):
        return environment["_PANTS_SERVER_EXE"]
    return native_client(pants)


def native_client(pants: Installation) -> str:
    return str(pants.folder / "lib/python3.9/site-packages/pants/bin/native_client")
