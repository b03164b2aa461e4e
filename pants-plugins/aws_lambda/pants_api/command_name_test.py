from __future__ import annotations

from aws_lambda.artifact.commands import pants_command
from aws_lambda.pants_api import command_name
from aws_lambda.testing.repository import TrialRepository


def test_commands_have_the_name_of_the_option(repository: TrialRepository) -> None:
    """The launcher sets `[GLOBAL].pants_bin_name`, and each run may have another one."""
    assert list(command_name.rules()) == []
    assert pants_command("list ::") == "pants list ::"

    repository.set_options("--pants-bin-name=./pants")

    assert pants_command("list ::") == "./pants list ::"
