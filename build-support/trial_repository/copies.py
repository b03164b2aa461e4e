"""Copies of this repository, and of lockfiles, for trial repositories."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

from trial_repository.pants_toml import ROOT, THIRD_PARTY


def copy_repository(folder: Path) -> None:
    """Copy the files that git does not ignore, in a random order and with uncommitted changes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    for path in random.sample(paths, len(paths)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path, follow_symlinks=False)


def copy_lockfiles(source: Path, target: Path) -> None:
    """Copy the lockfiles of a repository, and the records of their inputs that ./pants keeps."""
    for file in (source / THIRD_PARTY).glob("*.lock*"):
        shutil.copy(file, target / THIRD_PARTY)
