"""Kills builds at random points, and tells whether the next build is as if nothing had happened.

    build-support/killed [TIMES] [SEED]

Each time an input changes, a build starts, and all its processes die with SIGKILL at a random
point of its duration. The next build must succeed, and must leave the same bytes in `dist/` as one
with a store that never saw a kill.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kill.repository import Repository, State  # noqa: E402

# So often, the next build is one by a new daemon, which remembers nothing.
NEW_DAEMON = 10
# Longer than any build takes.
FOR_EVER = 600.0


class Outcome(NamedTuple):
    """What one kill did: whether it came in time, and how the artifacts in `dist/` were then.

    `torn` are those that are neither the last build's nor the next one's; `missed` of them those
    whose metadata does not tell so.
    """

    seconds: float
    in_time: bool
    torn: int
    missed: int
    same: bool


def main(times: int, seed: int) -> int:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        repositories = [Repository(Path(folder, name)) for name in ("victim", "other", "fresh")]
        victim, other, fresh = repositories
        try:
            victim.make()
            victim.build(0)
            other.make(lockfile=victim.lockfile)
            start = time.monotonic()
            victim.kill(-1, after=FOR_EVER)
            longest = time.monotonic() - start
            print(f"A build takes {longest:.1f} s. Seed: {seed}.", flush=True)
            outcomes = []
            for turn in range(1, times + 1):
                outcomes.append(_killed(victim, other, turn, dice.uniform(0, longest)))
                print(f"{turn:4}: {outcomes[-1]}", flush=True)
            fresh.make(lockfile=victim.lockfile)
            fresh.build(times)
            return _told(outcomes, fresh.artifacts() == victim.artifacts())
        finally:
            for each in repositories:
                each.stop_daemon()


def _killed(victim: Repository, other: Repository, turn: int, seconds: float) -> Outcome:
    before = victim.artifacts()
    in_time = victim.kill(turn, after=seconds)
    between, told = victim.artifacts(), victim.states()
    if turn % NEW_DAEMON == 0:
        victim.stop_daemon()
    victim.build(turn)
    other.build(turn)
    after = victim.artifacts()
    torn = [
        name
        for name, content in between.items()
        if content not in (before.get(name), after.get(name))
    ]
    missed = [name for name in torn if told.get(name) is State.WHOLE]
    whole = all(state is State.WHOLE for state in victim.states().values())
    return Outcome(
        round(seconds, 2), in_time, len(torn), len(missed), whole and after == other.artifacts()
    )


def _told(outcomes: list[Outcome], is_fresh_same: bool) -> int:
    same = sum(outcome.same for outcome in outcomes)
    torn, missed = (sum(column) for column in list(zip(*outcomes))[2:4])
    print(
        f"{len(outcomes)} builds, {sum(o.in_time for o in outcomes)} of them killed before their "
        f"end. The next one succeeded and left the right bytes {same} times. A last one with an "
        f"empty store left {'the same' if is_fresh_same else 'OTHER'} bytes. Torn copies in dist/: "
        f"{torn}, of which the metadata did not tell {missed}."
    )
    return int(same < len(outcomes) or not is_fresh_same or missed > 0)


if __name__ == "__main__":
    asked = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(asked[0] if asked else 50, asked[1] if asked[1:] else int(time.time())))
