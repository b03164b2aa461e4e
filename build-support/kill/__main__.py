"""Kills builds at random points, and checks that the next build leaves the right artifacts.

    build-support/killed [TIMES] [SEED]

Before each build, an input changes. All processes of the build get SIGKILL at a random point of its
duration. The next build must succeed. It must leave the same bytes in `dist/` as a build in another
repository, whose builds are never killed. TIMES is 50 by default; SEED repeats an earlier run.

Exits with 1 if a build leaves other bytes, or if the metadata of an incomplete artifact describes
it as complete.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from kill.killable_repository import ArtifactState, KillableRepository

# Every so many turns, a new daemon without a memory of earlier builds does the next build.
TURNS_PER_DAEMON = 10
# Seconds; longer than any build takes.
NO_KILL = 600.0


class Outcome(NamedTuple):
    """The result of one kill, and of the build after it."""

    seconds: float  # From the start of the build to the kill.
    was_running: bool  # Whether the build still ran then.
    torn: int  # Artifacts that were neither those of the last build nor those of the next one.
    missed: int  # Torn artifacts that their metadata described as complete.
    is_right: bool  # Whether the next build left the right bytes.


def main(times: int, seed: int) -> int:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        names = ("victim", "control", "fresh")
        repositories = [KillableRepository(Path(folder, name)) for name in names]
        victim, control, fresh = repositories
        try:
            victim.create()
            victim.build(0)
            control.create(lockfiles=victim.lockfiles())
            start = time.monotonic()
            victim.kill_build(-1, after=NO_KILL)
            longest = time.monotonic() - start
            print(f"A build takes {longest:.1f} s. Seed: {seed}.", flush=True)
            outcomes = []
            for turn in range(1, times + 1):
                outcomes.append(_try_kill(victim, control, turn, dice.uniform(0, longest)))
                print(f"{turn:4}: {outcomes[-1]}", flush=True)
            if times == 1:
                # The only build of the control began with an empty store as well.
                fresh = control
            else:
                fresh.create(lockfiles=victim.lockfiles())
                fresh.build(times)
            return _report(outcomes, is_fresh_same=fresh.artifacts() == victim.artifacts())
        finally:
            for each in repositories:
                each.stop_daemon()


def _try_kill(
    victim: KillableRepository, control: KillableRepository, turn: int, seconds: float
) -> Outcome:
    before = victim.artifacts()
    was_running = victim.kill_build(turn, after=seconds)
    between, states = victim.artifacts(), victim.artifact_states()
    if turn % TURNS_PER_DAEMON == 0:
        victim.stop_daemon()
    victim.build(turn)
    control.build(turn)
    after = victim.artifacts()
    torn = [
        name
        for name, digest in between.items()
        if digest not in (before.get(name), after.get(name))
    ]
    missed = [name for name in torn if states.get(name) is ArtifactState.COMPLETE]
    complete = all(state is ArtifactState.COMPLETE for state in victim.artifact_states().values())
    return Outcome(
        seconds=round(seconds, 2),
        was_running=was_running,
        torn=len(torn),
        missed=len(missed),
        is_right=complete and after == control.artifacts(),
    )


def _report(outcomes: list[Outcome], *, is_fresh_same: bool) -> int:
    """Print a summary, and return the exit code."""
    right = sum(outcome.is_right for outcome in outcomes)
    torn = sum(outcome.torn for outcome in outcomes)
    missed = sum(outcome.missed for outcome in outcomes)
    killed = sum(outcome.was_running for outcome in outcomes)
    print(
        f"{len(outcomes)} builds, {killed} of them killed while they ran. The next build left the "
        f"right bytes {right} times. A build with an empty store left "
        f"{'the same' if is_fresh_same else 'DIFFERENT'} bytes. Torn artifacts in dist/: {torn}, "
        f"{missed} of which the metadata described as complete."
    )
    return int(right < len(outcomes) or not is_fresh_same or missed > 0)


if __name__ == "__main__":
    defaults = [50, int(time.time())]
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*numbers, *defaults[len(numbers) :]))
