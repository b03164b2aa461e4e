"""A fixture for tests of functions that have Lambda's own paths, and settings for properties."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from aws_lambda_emulator.tests.host_probe import has_own_view

# How long an example takes says more of the machine, and of what else it does, than of the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture
def require_own_view(tmp_path: Path) -> None:
    """Skip the test if this machine's kernel does not allow a view of the files."""
    if not has_own_view(tmp_path / "probe"):
        pytest.skip("The kernel does not let processes have a file system of their own.")
