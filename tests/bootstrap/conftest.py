"""Every test here gets a machine of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine with an empty cache folder and a repository without targets."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "pants.toml").write_text('[GLOBAL]\npants_version = "2.17.1"\n')
    on_it = Machine(folder, tmp_path / "cache")
    yield on_it
    on_it.stop_daemon()
