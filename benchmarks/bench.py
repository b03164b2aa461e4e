"""The contenders of a run. Each works in its own folder, which is prepared once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.contenders.contender import Contender
from benchmarks.contenders.floor import Floor
from benchmarks.contenders.installers import Installer
from benchmarks.contenders.pants import Pants
from benchmarks.contenders.sam import Sam
from benchmarks.contenders.tools import Tools
from benchmarks.measurements import Measurements, Step, measure_interleaved
from benchmarks.projects.project import Project
from bootstrap.messages import print_progress

PEERS = ("ours", "floor", "pants", "pants-python", "sam", "sam-cached", "uv", "pip")


class Bench:
    """The contenders and the number of rounds of one run of the benchmarks."""

    def __init__(
        self, folder: Path, *, cache: Path, backend: Path, peers: Sequence[str], rounds: int
    ) -> None:
        self.folder, self.cache, self.backend = folder, cache, backend
        self.rounds = rounds
        self.tools = Tools(cache)
        self._peers = peers
        self._ready: dict[tuple[str, str], Contender] = {}
        self._stopped: set[tuple[str, str]] = set()
        # Each edit gets a new number, so that no cache of this run or an earlier one contains it.
        self._turn = int(time.time())

    def contenders(self, project: Project, names: Iterable[str]) -> list[Contender]:
        """The contenders that this run measures, prepared and built once."""
        return [self.contender(project, name) for name in names if name in self._peers]

    def contender(self, project: Project, name: str) -> Contender:
        key = (project.name, name)
        if key not in self._ready:
            print_progress(f"Preparing {project.name} for {name}")
            new = self._create(project, name)
            # Stored before its preparation, so that `stop` stops it even if that fails.
            self._ready[key] = new
            new.folder.mkdir(parents=True)
            new.prepare()
        elif key in self._stopped:
            self._ready[key].wake()
        self._stopped.discard(key)
        return self._ready[key]

    def ours(self, project: Project) -> Pants:
        ours = self.contender(project, "ours")
        assert isinstance(ours, Pants)
        return ours

    def measures(self, name: str) -> bool:
        return name in self._peers

    def has_peers(self) -> bool:
        return set(self._peers) > {"ours"}

    def run(self, steps: Sequence[Step], *, rounds: int | None = None) -> Measurements:
        """Take the steps in each round, and stop the contenders afterwards."""
        try:
            return measure_interleaved(
                steps, [self.next_turn() for _ in range(rounds or self.rounds)]
            )
        finally:
            self.stop()

    def next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def stop(self) -> None:
        """Stop all daemons, so that those of one work do not slow down the next."""
        for each in self._ready.values():
            each.stop()
        self._stopped.update(self._ready)

    def _create(self, project: Project, name: str) -> Pants | Sam | Installer:
        folder = self.folder / project.name / name
        if name == "ours":
            return Pants(name, folder, project, self.cache, backend=self.backend)
        if name == "floor":
            # The size of the file that this backend writes for the same project.
            ours = self.ours(project)
            size = ours.artifact(project.functions[0]).root.stat().st_size
            return Floor(name, folder, project, self.cache, size=size)
        if name in ("pants", "pants-python"):
            platform = self.tools.platform(self.backend)
            native = name == "pants"
            return Pants(name, folder, project, self.cache, platform=platform, native=native)
        if name in ("sam", "sam-cached"):
            options = ("--cached",) if name == "sam-cached" else ()
            return Sam(name, folder, project, self.tools, options)
        return Installer(name, folder, project, self.tools)
