"""The files in `dist/` after several runs of the goal `package` in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_lambda.testing.app_files import HANDLER_SOURCE
from aws_lambda.testing.repository import TrialRepository

_TARGETS = """\
python_sources()
lambda_function(name="a", handler="a.py:handler")
lambda_function(name="b", handler="b.py:handler")
lambda_function(name="folder", handler="b.py:handler", layout="flat")
"""
_ADDRESSES = ("src:a", "src:b", "src:folder")


@pytest.fixture
def dist(repository: TrialRepository) -> Path:
    """The folder `dist/src` with two zips and a folder."""
    repository.write(
        {"src/BUILD": _TARGETS, "src/a.py": HANDLER_SOURCE, "src/b.py": HANDLER_SOURCE}
    )
    repository.run_package_goal(*_ADDRESSES)
    return repository.root / "dist/src"


def states(dist: Path) -> dict[str, tuple[int, int]]:
    """The inode of each file next to the folder, and the time at which it was written."""
    files = {each.name: each.stat() for each in dist.iterdir() if each.is_file()}
    return {name: (status.st_ino, status.st_mtime_ns) for name, status in files.items()}


def test_an_edit_writes_only_files_that_change(repository: TrialRepository, dist: Path) -> None:
    """A run writes the artifact of the edited function, and folders with their metadata. It leaves
    the other files as they are.
    """
    before = states(dist)
    repository.write({"src/a.py": f"{HANDLER_SOURCE}# An edit.\n"})

    repository.run_package_goal(*_ADDRESSES)

    after = states(dist)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"a.zip", "a.zip.metadata.json", "folder.metadata.json"}


@pytest.mark.parametrize("path", ["b.zip", "b.zip.metadata.json", "folder/b.py"])
def test_changes_in_dist_are_undone(repository: TrialRepository, dist: Path, path: str) -> None:
    """A run restores a file that was deleted or changed in the meantime, even to the same size."""
    file = dist / path
    content = file.read_bytes()

    file.unlink()
    repository.run_package_goal(*_ADDRESSES)
    assert file.read_bytes() == content

    file.write_bytes(bytes(len(content)))
    repository.run_package_goal(*_ADDRESSES)
    assert file.read_bytes() == content


def test_a_zip_replaces_anything_at_its_path(repository: TrialRepository, dist: Path) -> None:
    """A run restores the mode of a zip, and replaces a folder at its path."""
    zipped = dist / "b.zip"
    mode = zipped.stat().st_mode

    zipped.chmod(0o600)
    repository.run_package_goal(*_ADDRESSES)
    assert zipped.stat().st_mode == mode

    zipped.unlink()
    zipped.mkdir()
    (zipped / "note").write_text("")
    repository.run_package_goal(*_ADDRESSES)
    assert zipped.stat().st_mode == mode


def test_a_folder_contains_no_other_files(repository: TrialRepository, dist: Path) -> None:
    """A run removes a file that something else added to the folder of an artifact."""
    added = dist / "folder/added.py"
    added.write_text("")

    repository.run_package_goal(*_ADDRESSES)

    assert not added.exists()
