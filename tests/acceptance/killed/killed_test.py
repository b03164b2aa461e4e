"""Builds that get SIGKILL at a random point of their duration, and the builds after them.

    tests/acceptance/run killed [--times TIMES] [--seed SEED]

Before each build, an input changes. `--seed` repeats an earlier run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest

from acceptance.killed.killable_repository import FILES, ArtifactState, KillableRepository
from trial_repository.copies import copy_lockfiles
from trial_repository.machine import Machine

# Every so many turns, a new daemon without a memory of earlier builds does the next build.
TURNS_PER_DAEMON = 10


class Trial(NamedTuple):
    """Two equal repositories. Builds of `control` are never killed. A build takes `seconds`."""

    victim: KillableRepository
    control: KillableRepository
    seconds: float
    seed: int


@pytest.fixture(scope="module")
def make_repository(make_machine: Callable[..., Machine]) -> Callable[[str], KillableRepository]:
    return lambda name: KillableRepository(make_machine(name, FILES))


@pytest.fixture(scope="module")
def trial(
    make_repository: Callable[[str], KillableRepository], pytestconfig: pytest.Config
) -> Trial:
    victim, control = make_repository("victim"), make_repository("control")
    victim.build(0)
    copy_lockfiles(victim.machine.folder, control.machine.folder)
    begin = time.monotonic()
    victim.kill_build(-1, after=600)
    trial = Trial(victim, control, time.monotonic() - begin, pytestconfig.getoption("seed"))
    print(f"A build takes {trial.seconds:.1f} s. Seed: {trial.seed}.")
    return trial


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "turn" in metafunc.fixturenames:
        metafunc.parametrize("turn", range(1, metafunc.config.getoption("times") + 1))


def test_build_after_a_kill(trial: Trial, turn: int) -> None:
    """The next build writes the right bytes. No metadata describes a torn artifact as complete."""
    victim, control, longest, seed = trial
    seconds = random.Random(f"{seed} {turn}").uniform(0, longest)
    before = victim.artifacts()
    was_running = victim.kill_build(turn, after=seconds)
    between, states = victim.artifacts(), victim.artifact_states()
    if turn % TURNS_PER_DAEMON == 0:
        victim.machine.stop_daemon()
    victim.build(turn)
    control.build(turn)
    after = victim.artifacts()

    # These are neither artifacts of the last build nor of the next one.
    torn = [
        name
        for name, digest in between.items()
        if digest not in (before.get(name), after.get(name))
    ]
    print(f"{'killed' if was_running else 'ended'} after {seconds:.2f} s, torn artifacts: {torn}")
    assert [name for name in torn if states[name] is ArtifactState.COMPLETE] == []
    assert set(victim.artifact_states().values()) == {ArtifactState.COMPLETE}
    assert after == control.artifacts()


def test_build_with_an_empty_store(
    trial: Trial, make_repository: Callable[[str], KillableRepository], pytestconfig: pytest.Config
) -> None:
    """After all kills, the artifacts are those of a machine that never built before."""
    times = pytestconfig.getoption("times")
    if times == 1:
        pytest.skip("The only build of the control began with an empty store.")
    fresh = make_repository("fresh")
    copy_lockfiles(trial.victim.machine.folder, fresh.machine.folder)
    fresh.build(times)

    assert fresh.artifacts() == trial.victim.artifacts()
