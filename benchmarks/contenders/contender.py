"""A contender: a tool that packages a project in its own folder."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.projects.project import Edit, Function, Project
from bootstrap.messages import UserError, facts_table, indented

TIMEOUT_SECONDS = 1800


@dataclass(frozen=True)
class Artifact:
    """The zip or folder of a function, and the zips of its layers."""

    root: Path
    layers: tuple[Path, ...] = ()

    def check(self, function: Function, edits: Sequence[Edit]) -> None:
        """Raise `UserError` if a module or an edit of the function is missing.

        The time of a contender that built nothing, or something else, must not count.
        """
        own_files = _list_files(self.root)
        all_files = [
            *own_files,
            *(path.partition("/")[2] for each in self.layers for path in _list_files(each)),
        ]
        for module in function.modules:
            if not any(path.startswith((f"{module}/", f"{module}.")) for path in all_files):
                raise _artifact_error(self.root, f"{module} is missing")
        for edit in edits:
            is_part = edit.path.startswith(tuple(f"{each}/" for each in function.first_party))
            if is_part and (
                edit.path not in own_files or _read_file(self.root, edit.path) != edit.text
            ):
                raise _artifact_error(self.root, f"{edit.path} is missing or out of date")

    def unpack(self, folder: Path) -> list[Path]:
        """Unpack the artifact as Lambda mounts it, and return the folders of `sys.path`."""
        mounted = [self.root] if self.root.is_dir() else [_unpack_zip(self.root, folder / "task")]
        for number, layer in enumerate(self.layers):
            mounted.append(_unpack_zip(layer, folder / f"layer{number}") / "python")
        return mounted


class Contender(Protocol):
    """A tool that packages a project, in the version and with the options that are measured."""

    @property
    def name(self) -> str: ...
    @property
    def project(self) -> Project: ...

    def prepare(self) -> None:
        """Write the project and build it once, so that everything is downloaded."""

    def write(self, edit: Edit) -> None: ...

    def forget(self) -> None:
        """Stop processes in the background, and delete all results of builds except downloads."""

    def build(self, only: Function | None) -> None:
        """Package the project. `only` is the changed function, for tools that can build one."""

    def artifact(self, function: Function) -> Artifact: ...

    def stop(self) -> None:
        """Stop processes in the background."""

    def wake(self) -> None:
        """Start processes in the background again, so that no measured build has to do it."""


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command, and return both of its streams. Raises `UserError` if it fails."""
    rows = [("command", " ".join(map(str, command))), ("folder", str(folder))]
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
            timeout=TIMEOUT_SECONDS,
        )
    except FileNotFoundError:
        raise UserError(
            f"The program {command[0]} was not found.\n\n"
            f"{facts_table(rows)}\n\n"
            f"To fix, install {command[0]} with your system's package manager."
        ) from None
    except subprocess.TimeoutExpired:
        raise UserError(
            f"A contender did not finish within {TIMEOUT_SECONDS} s.\n\n"
            f"{facts_table(rows)}\n\n"
            "To fix, run again with `--keep FOLDER`, and run the command in that folder."
        ) from None
    if done.returncode != 0:
        raise UserError(
            f"A contender failed (exit code {done.returncode}).\n\n"
            f"{facts_table(rows)}\n\n"
            "To fix, correct the error in its output below. Use `--peers` to measure without it, "
            f"and `--keep` to keep its folder.\n\n{indented(done.stdout[-4000:])}"
        )
    return done.stdout


def inherited_environment() -> dict[str, str]:
    """The environment of this program, without variables that change the work of contenders."""
    unwanted = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in unwanted
        and (not name.startswith("PANTS_") or name.startswith("PANTS_BOOTSTRAP"))
    }


def _list_files(root: Path) -> list[str]:
    if root.is_dir():
        return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    if not root.is_file():
        raise _artifact_error(root, "it does not exist")
    with zipfile.ZipFile(root) as archive:
        return archive.namelist()


def _read_file(root: Path, path: str) -> str:
    if root.is_dir():
        return (root / path).read_text(encoding="utf-8")
    with zipfile.ZipFile(root) as archive:
        return archive.read(path).decode()


def _unpack_zip(archive: Path, folder: Path) -> Path:
    """Unpack a zip with the times of its files, because Python compares bytecode with them."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        for entry in opened.infolist():
            time = _modification_time(entry)
            if time is not None and not entry.is_dir():
                os.utime(folder / entry.filename, (time, time))
    return folder


def _modification_time(entry: zipfile.ZipInfo) -> int | None:
    """The time in Info-ZIP's extended timestamp (field 0x5455). DOS times are not exact enough."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 0x5455 and size >= 5 and extra[4] & 1:
            return int.from_bytes(extra[5:9], "little", signed=True)
        extra = extra[4 + size :]
    return None


def _artifact_error(root: Path, reason: str) -> UserError:
    return UserError(
        f"The artifact of a contender is wrong: {reason}.\n\n"
        f"{facts_table([('artifact', str(root))])}\n\n"
        "To fix, run again with `--keep FOLDER`, and run the build in that folder."
    )
