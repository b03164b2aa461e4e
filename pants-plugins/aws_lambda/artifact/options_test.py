"""Tests of the parsed options."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from aws_lambda.artifact.options import InvalidBytecode, parse_bytecode_mode, parse_interpreters


def test_unknown_mode() -> None:
    """The message lists the choices."""
    with pytest.raises(InvalidBytecode) as refused:
        parse_bytecode_mode("some")

    assert str(refused.value) == dedent("""\
        The option `[aws-lambda].bytecode` has an unknown value.

          bytecode = 'some'

        To fix, set it to `reachable`, `all` or `none`.""")


def test_pinned_interpreters() -> None:
    """An entry maps a runtime to an exact version of its Python."""
    assert parse_interpreters({"python3.13": "3.13.9", "python3.9": "3.9.25"}) == {
        "python3.13": (3, 13, 9),
        "python3.9": (3, 9, 25),
    }


@pytest.mark.parametrize(
    "entries",
    [
        {"python3.13": "3.13"},
        {"3.13": "3.13.9"},
        {"python3.13": "3.12.9"},
        {"python3.1": "3.13.9"},
        {"python3.13": 3.13},
    ],
)
def test_invalid_pins(entries: Mapping[str, object]) -> None:
    """The message lists each invalid entry."""
    with pytest.raises(InvalidBytecode) as refused:
        parse_interpreters({**entries, "python3.11": "3.11.9"})

    ((runtime, version),) = entries.items()
    assert str(refused.value) == dedent(f"""\
        The option `[aws-lambda].bytecode_interpreters` has entries that cannot be used.

          {runtime!r} = {version!r}

        To fix, map a runtime to an exact version of its Python: {{"python3.13" = "3.13.9"}}.""")
