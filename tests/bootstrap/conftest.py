"""The machine that each test runs ./pants on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from trial_repository.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A new machine with an empty cache folder and a repository without targets."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "pants.toml").write_text('[GLOBAL]\npants_version = "2.17.1"\n')
    new_machine = Machine(folder, tmp_path / "cache")
    yield new_machine
    new_machine.stop_daemon()
