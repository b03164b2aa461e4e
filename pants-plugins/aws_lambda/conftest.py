from __future__ import annotations

import pytest

from aws_lambda.made_repository import MadeRepository


@pytest.fixture(scope="session")
def shared_repository() -> MadeRepository:
    return MadeRepository()


@pytest.fixture
def repository(shared_repository: MadeRepository) -> MadeRepository:
    """An empty repository."""
    shared_repository.empty()
    return shared_repository
