"""A fixture for tests of functions that have Lambda's own paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_lambda_emulator.tests.host_probe import has_own_view


@pytest.fixture
def require_own_view(tmp_path: Path) -> None:
    """Skip the test if this machine's kernel does not allow a view of the files."""
    if not has_own_view(tmp_path / "probe"):
        pytest.skip("The kernel does not let processes have a file system of their own.")
