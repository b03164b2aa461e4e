"""The memory of the daemon after its first build."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from aws_lambda.pants_api.daemon_memory import release_memory


@pytest.fixture(autouse=True)
def _collect_all_objects_again() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_objects_of_the_start_are_exempt() -> None:
    """The garbage collector does not examine objects that exist at the first call."""
    early: list[object] = [[]]
    release_memory()
    late: list[object] = [[]]

    examined = {id(each) for each in gc.get_objects()}
    assert id(early) not in examined
    assert id(late) in examined


def test_memory_is_released_once() -> None:
    """Objects of later builds can be collected."""
    release_memory()
    first = gc.get_freeze_count()
    later: list[object] = [[] for _ in range(1000)]

    release_memory()

    assert gc.get_freeze_count() <= first
    assert len(later) == 1000
