"""What can be measured: something that packages a project, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.projects import Edit, Function, Project
from bootstrap.fault import Fault, facts
from bootstrap.fetch import quoted

SECONDS = 1800


@dataclass(frozen=True)
class Artifact:
    """A zip or folder, and the zips of its layers."""

    root: Path
    layers: tuple[Path, ...] = ()

    def check(self, function: Function, edits: Sequence[Edit]) -> None:
        """Raise `Fault` unless it holds a file of each module and the edits that concern it: who
        builds nothing, or something else, does not count."""
        held = _files(self.root)
        carried = [
            *held,
            *(path.partition("/")[2] for each in self.layers for path in _files(each)),
        ]
        for module in function.modules:
            if not any(path.startswith((f"{module}/", f"{module}.")) for path in carried):
                raise Fault(_wrong(self.root, f"it lacks {module}"))
        for edit in edits:
            concerns = edit.path.startswith(tuple(f"{each}/" for each in function.first_party))
            if concerns and (edit.path not in held or _read(self.root, edit.path) != edit.text):
                raise Fault(_wrong(self.root, f"its {edit.path} is missing, or an older one"))

    def unpack(self, folder: Path) -> list[Path]:
        """Unpack it as Lambda mounts it; returns the folders of `sys.path`."""
        mounted = [self.root] if self.root.is_dir() else [_unpacked(self.root, folder / "task")]
        for number, layer in enumerate(self.layers):
            mounted.append(_unpacked(layer, folder / f"layer{number}") / "python")
        return mounted


class Contender(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def project(self) -> Project: ...

    def prepare(self) -> None:
        """Lay the project out and build it once, so that all downloads are there."""

    def write(self, edit: Edit) -> None: ...

    def forget(self) -> None:
        """Delete all that builds left, downloads excepted, and end what runs in the background."""

    def build(self, only: Function | None) -> None:
        """Package the project. `only` is what changed, for those who can be told."""

    def artifact(self, function: Function) -> Artifact: ...

    def stop(self) -> None:
        """End what runs in the background."""

    def wake(self) -> None:
        """Start it again, so that it is not the next measured build that does."""


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> str:
    """Both streams of a command. Raises `Fault` where it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
        )
    except FileNotFoundError:
        raise Fault(
            f"There is no program {command[0]}.\n\n"
            f"{facts([('wanted in', str(folder))])}\n\n"
            f"To fix, install {command[0]} with your system's package manager."
        ) from None
    except subprocess.TimeoutExpired:
        raise Fault(
            f"A contender did not end within {SECONDS} s.\n\n"
            f"{facts([('command', ' '.join(map(str, command))), ('folder', str(folder))])}\n\n"
            "To fix, run again with `--keep FOLDER` and see there by hand what it waits for."
        ) from None
    if done.returncode != 0:
        table = facts([("command", " ".join(map(str, command))), ("folder", str(folder))])
        raise Fault(
            f"A contender failed (exit code {done.returncode}).\n\n{table}\n\n"
            "To fix, see what it said, below; `--peers` measures without it, and `--keep` keeps "
            f"its folder.\n\n{quoted(done.stdout[-4000:])}"
        )
    return done.stdout


def inherited() -> dict[str, str]:
    """This environment, without what would make the contenders' work another."""
    unwanted = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted
        and (not name.startswith("PANTS_") or name.startswith("PANTS_BOOTSTRAP"))
    }


def _files(root: Path) -> list[str]:
    if root.is_dir():
        return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    if not root.is_file():
        raise Fault(_wrong(root, "it is not there"))
    with zipfile.ZipFile(root) as archive:
        return archive.namelist()


def _read(root: Path, path: str) -> str:
    if root.is_dir():
        return (root / path).read_text(encoding="utf-8")
    with zipfile.ZipFile(root) as archive:
        return archive.read(path).decode()


def _unpacked(archive: Path, folder: Path) -> Path:
    """Its files with the times that the archive tells: bytecode is checked against them."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        for entry in opened.infolist():
            time = _modified(entry)
            if time is not None and not entry.is_dir():
                os.utime(folder / entry.filename, (time, time))
    return folder


def _modified(entry: zipfile.ZipInfo) -> int | None:
    """Info-ZIP's extended timestamp (field 0x5455); its two-second DOS time says too little."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 0x5455 and size >= 5 and extra[4] & 1:
            return int.from_bytes(extra[5:9], "little", signed=True)
        extra = extra[4 + size :]
    return None


def _wrong(root: Path, why: str) -> str:
    return (
        f"A contender did not build what it should have: {why}.\n\n"
        f"{facts([('artifact', str(root))])}\n\n"
        "Its time would not count. To fix, run again with `--keep FOLDER` and build there by hand."
    )
