"""Updates unpacked zips in place."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda_emulator.archive_updates import update_to_zip
from aws_lambda_emulator.artifact import ArtifactChanged
from aws_lambda_emulator.errors import EmulatorError

Files = Mapping[str, "tuple[bytes, int]"]

NAMES = st.sampled_from(["a.py", "b/c.py", "b/d.py", "b/e/f.py", "b/e", "g", "g/h/i"])
VERSIONS = st.lists(
    st.dictionaries(
        NAMES,
        st.tuples(st.sampled_from([b"", b"x", b"y", b"x" * 500]), st.sampled_from([0o644, 0o755])),
        # A path is a file or a folder, but may change between versions.
    ).filter(lambda files: not any(one.startswith(f"{two}/") for one in files for two in files)),
    min_size=1,
    max_size=4,
)


def write_zip(path: Path, files: Files, *, deflated: bool = True) -> str:
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = method
            archive.writestr(entry, content)
    return str(path)


def read_folder(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
        if path.is_file()
    }


def as_mounted(files: Files) -> dict[str, tuple[bytes, int]]:
    """The files with the read-only modes of mounted code."""
    return {name: (content, (mode | 0o444) & ~0o222) for name, (content, mode) in files.items()}


@given(VERSIONS, st.booleans())
def test_folder_matches_the_last_zip(versions: Sequence[Files], deflated: bool) -> None:
    """After any updates, content and modes match, and there is no empty folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, index = Path(temporary, "files"), str(Path(temporary, "index"))
        for number, files in enumerate(versions):
            path = write_zip(Path(temporary, f"{number}.zip"), files, deflated=deflated)
            update_to_zip(path, str(folder), index)

            assert read_folder(folder) == as_mounted(files)
            parents = {str(Path(name).parent) for name in files}
            folders = [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_dir()]
            assert all(any(f"{p}/".startswith(f"{each}/") for p in parents) for each in folders)
        # Only root can remove read-only folders.
        for each in (folder, *folder.rglob("*")):
            each.chmod(0o755)


def test_unchanged_files_are_not_written(tmp_path: Path) -> None:
    """An edit of one file writes only that file."""
    folder, index = tmp_path / "files", str(tmp_path / "index")
    files = {"a.py": (b"a", 0o644), "b/c.py": (b"c", 0o644)}
    update_to_zip(write_zip(tmp_path / "1.zip", files), str(folder), index)
    before = {name: os.stat(folder / name).st_ino for name in files}
    files["a.py"] = (b"b", 0o644)
    update_to_zip(write_zip(tmp_path / "2.zip", files), str(folder), index)

    assert os.stat(folder / "b/c.py").st_ino == before["b/c.py"]
    assert (folder / "a.py").read_bytes() == b"b"


@pytest.mark.parametrize("name", ["config", "config/prod/x.json"])
def test_file_becomes_a_folder(tmp_path: Path, name: str) -> None:
    """A file may replace a folder as well."""
    other = {"config": "config/prod/x.json"}.get(name, "config")
    folder, index = tmp_path / "files", str(tmp_path / "index")
    update_to_zip(write_zip(tmp_path / "1.zip", {name: (b"1", 0o644)}), str(folder), index)
    update_to_zip(write_zip(tmp_path / "2.zip", {other: (b"2", 0o644)}), str(folder), index)

    assert read_folder(folder) == {other: (b"2", 0o444)}


def test_zip_is_truncated_while_it_is_read(tmp_path: Path) -> None:
    """The error has a message, no signal ends the emulator, and the next update starts over."""
    folder, index = tmp_path / "files", tmp_path / "index"
    path = write_zip(tmp_path / "1.zip", {"a": (b"1", 0o644), "b": (os.urandom(9000), 0o644)})

    def cut() -> bool:
        os.truncate(path, 10)
        return True

    with pytest.raises(ArtifactChanged) as refused:
        update_to_zip(path, str(folder), str(index), cut)

    assert str(refused.value) == (
        "A build replaced a zip while the emulator unpacked it.\n\n"
        f"  {path}\n"
        "  cut off in a\n\n"
        "To fix, wait until the build has ended, and try again."
    )
    assert not index.exists()


@pytest.mark.parametrize("index_left", ["", "{", '{"a.py": 1}'])
def test_update_after_a_kill(tmp_path: Path, index_left: str) -> None:
    """Files that no valid index lists are removed."""
    folder, index = tmp_path / "files", tmp_path / "index"
    (folder / "half").mkdir(parents=True)
    (folder / "a.py").write_bytes(b"half")
    if index_left:
        index.write_text(index_left)
    path = write_zip(tmp_path / "1.zip", {"a.py": (b"whole", 0o644)})
    update_to_zip(path, str(folder), str(index))

    assert read_folder(folder) == {"a.py": (b"whole", 0o444)}
    assert not (folder / "half").exists()


@pytest.mark.parametrize("name", ["../a.py", "/a.py", "b/../../a.py"])
def test_entry_outside_the_folder(tmp_path: Path, name: str) -> None:
    """Nothing is written."""
    path = write_zip(tmp_path / "1.zip", {name: (b"", 0o644)})

    with pytest.raises(EmulatorError) as refused:
        update_to_zip(path, str(tmp_path / "files"), str(tmp_path / "index"))

    assert str(refused.value) == (
        f"The zip has an entry outside its folder.\n\n  {path}\n  {name}\n\n"
        "To fix, run `pants package` again, which writes no such entry."
    )
    assert not (tmp_path / "files").exists()
