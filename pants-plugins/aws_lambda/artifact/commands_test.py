from __future__ import annotations

from collections.abc import Iterator

import pytest

from aws_lambda.artifact.commands import (
    explain_command,
    lock_command,
    look_up_name_by,
    pants_command,
)


@pytest.fixture
def name() -> Iterator[list[str]]:
    """The name of the command, which a test can change."""
    names = ["pants"]
    look_up_name_by(lambda: names[0])
    yield names
    look_up_name_by(lambda: "pants")


def test_commands_begin_with_the_name_of_pants(name: list[str]) -> None:
    """The name is looked up for each message, since it differs between runs of one daemon."""
    assert pants_command("tailor ::") == "pants tailor ::"

    name[0] = "./pants"

    assert pants_command("tailor ::") == "./pants tailor ::"
    assert explain_command("L003") == "./pants lambda-explain -- L003"
    assert lock_command("default") == "./pants generate-lockfiles --resolve=default"
