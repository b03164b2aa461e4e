from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from aws_lambda.testing.repository import TrialRepository

# How long an example takes says more of the machine, and of what else it does, than of the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def shared_repository() -> TrialRepository:
    # This imports Pants, which takes seconds that most tests do not need.
    from aws_lambda.testing.repository import TrialRepository

    return TrialRepository()


@pytest.fixture
def repository(shared_repository: TrialRepository) -> TrialRepository:
    """An empty repository."""
    shared_repository.reset()
    return shared_repository
