"""Pants with a backend that does nothing but write a file: the floor of every backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.contender import Artifact
from benchmarks.contenders.pants import Pants
from benchmarks.projects.project import Edit, Function, write
from bootstrap.messages import UserError
from trial_repository.pants_toml import pants_toml

_TARGET = """\
floor(name="fn", source="handler.py", size={size})
"""


@dataclass(frozen=True)
class FloorArtifact(Artifact):
    """A file with the first handler, and random bytes."""

    size: int = 0

    def check(self, function: Function, edits: Sequence[Edit]) -> None:
        """Raise `UserError` if the file has another size, or does not start with the edits."""
        content = self.root.read_bytes()
        if len(content) != self.size or not all(content.startswith(e.text.encode()) for e in edits):
            raise UserError(f"The file of the floor is wrong.\n\n  {self.root}")


@dataclass(frozen=True)
class Floor(Pants):
    """A contender that writes a file of `size` bytes after each edit of the first handler."""

    size: int = 0

    def prepare(self) -> None:
        self.project.write(self.folder)
        plugins = Path(__file__).with_name("floor_backend")
        write(self.folder / "pants.toml", pants_toml(backend="floor", plugins=plugins))
        for path in self.folder.rglob("BUILD"):
            path.unlink()
        folder = self.folder / "src" / self.project.functions[0].folder
        write(folder / "BUILD", _TARGET.format(size=self.size))
        self.build(None)

    def artifact(self, function: Function) -> Artifact:
        return FloorArtifact(self._package(function), size=self.size)
