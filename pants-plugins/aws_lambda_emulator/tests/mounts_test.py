"""Lays out the folders of functions, and the cache that functions share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IFLNK, S_IMODE
from time import time

import pytest

from aws_lambda_emulator import mounts as mounts_module
from aws_lambda_emulator.archives import remove, unpack
from aws_lambda_emulator.artifact import ArtifactChanged, Code, file_sha256, read_artifact
from aws_lambda_emulator.mounts import Mounts
from aws_lambda_emulator.tests.function_builder import (
    BuiltFunction,
    SourceFile,
    SourceLayer,
    build_function,
)

LAYER = SourceLayer({"python/a.py": "a = 1\n", "bin/tool": SourceFile("#!/bin/sh\n", 0o755)})
OTHER = SourceLayer({"python/b.py": "b = 1\n"})
APP = "def handler(event, context):\n    return 1\n"
WEEK = 7 * 24 * 3600


def mount(function: BuiltFunction, cache: Path) -> Mounts:
    return Mounts(function.artifact, function.interpreter, cache=str(cache))


def opt_folder(mounts: Mounts) -> Path:
    """The unpacked layers, without links."""
    return Path(mounts.root, "opt").resolve()


def folders(cache: Path) -> list[str]:
    return sorted(each.name for each in cache.iterdir() if each.is_dir())


def test_layers_are_shared(tmp_path: Path) -> None:
    """Functions with the same layers use one folder. Another order of layers is another folder."""
    cache = tmp_path / "cache"
    first = build_function(tmp_path / "1", APP, layers=[LAYER, OTHER])
    same = build_function(tmp_path / "2", {"more.py": APP}, layers=[LAYER, OTHER])
    swapped = build_function(tmp_path / "3", APP, layers=[OTHER, LAYER])

    places = []
    for function in (first, same, swapped):
        mounts = mount(function, cache)
        places.append(opt_folder(mounts))
        mounts.close()
        assert not os.path.exists(mounts.root)

    assert places[0] == places[1] != places[2]
    assert all(each.parent == cache and each.exists() for each in places)


def test_layers_in_folders_are_not_shared(tmp_path: Path) -> None:
    """Folders have no digest, so their content may change."""
    cache = tmp_path / "cache"
    layer = SourceLayer({"python/c.py": ""}, is_folder=True)
    mounts = mount(build_function(tmp_path, APP, layers=[LAYER, layer]), cache)

    assert sorted(each.name for each in (opt_folder(mounts) / "python").iterdir()) == [
        "a.py",
        "c.py",
    ]
    assert opt_folder(mounts).parent == Path(mounts.root)
    mounts.close()
    assert not os.path.exists(mounts.root)


@pytest.mark.parametrize("is_folder", [False, True], ids=["zips", "folders"])
def test_later_layer_replaces_files(tmp_path: Path, is_folder: bool) -> None:
    """A later layer also replaces read-only files of an earlier one."""
    read_only = SourceFile("of = 'first'\n", 0o444)
    first = SourceLayer({"python/x.py": read_only, "python/y.py": read_only}, is_folder)
    second = SourceLayer({"python/x.py": SourceFile("of = 'second'\n", 0o400)}, is_folder)
    mounts = mount(build_function(tmp_path, APP, layers=[first, second]), tmp_path / "cache")

    texts = [(opt_folder(mounts) / "python" / name).read_text() for name in ("x.py", "y.py")]
    mounts.close()

    assert texts == ["of = 'second'\n", "of = 'first'\n"]


def test_permissions_of_files(tmp_path: Path) -> None:
    """Executable files stay executable, every user can read, no user can write, and links stay
    links."""
    link = SourceFile("tool", S_IFLNK | 0o777)
    layer = SourceLayer({**LAYER.files, "bin/link": link, "private": SourceFile("", 0o600)})
    mask = os.umask(0o077)
    try:
        mounts = mount(build_function(tmp_path, APP, layers=[layer]), tmp_path / "cache")
    finally:
        os.umask(mask)
    layers = opt_folder(mounts)

    modes = {
        str(path.relative_to(layers)): S_IMODE(path.stat().st_mode)
        for path in (layers, *layers.rglob("*"))
    }
    links = [str(each.relative_to(layers)) for each in layers.rglob("*") if each.is_symlink()]
    mounts.close()

    assert modes == {
        ".": 0o555,
        "bin": 0o555,
        "bin/link": 0o555,
        "bin/tool": 0o555,
        "private": 0o444,
        "python": 0o555,
        "python/a.py": 0o444,
    }
    assert links == ["bin/link"]


def test_emulators_run_in_parallel(tmp_path: Path) -> None:
    """Parallel emulators produce one complete folder, and leave no others."""
    cache = tmp_path / "cache"
    function = build_function(tmp_path, APP, layers=[LAYER, OTHER])
    program = (
        "import sys\n"
        "from aws_lambda_emulator.artifact import read_artifact\n"
        "from aws_lambda_emulator.mounts import Interpreter, Mounts\n"
        "for _ in range(5):\n"
        "    Mounts(read_artifact(sys.argv[1]), Interpreter(sys.executable, (3, 9)),"
        " cache=sys.argv[2]).close()\n"
    )
    path = Path(mounts_module.__file__).parents[1]

    def emulate(_: int) -> int:
        return subprocess.run(
            [sys.executable, "-c", program, function.artifact.code.path, str(cache)],
            env={"PYTHONPATH": str(path)},
            check=False,
        ).returncode

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(emulate, range(4))) == [0, 0, 0, 0]
    # One folder for the layers, and one for the runtime's packages, of which there are none.
    assert len(folders(cache)) == 2


def test_emulator_was_killed_while_unpacking(tmp_path: Path) -> None:
    """The incomplete folder is not used, and is removed when it is old."""
    cache = tmp_path / "cache"
    function = build_function(tmp_path, APP, layers=[LAYER])
    unfinished = cache / "new-killed" / "files"
    unfinished.mkdir(parents=True)
    (unfinished / "half").touch()
    unfinished.chmod(0o555)

    mount(function, cache).close()
    assert "new-killed" in folders(cache)

    os.utime(cache / "new-killed", (0, 0))
    mount(build_function(tmp_path / "2", APP, layers=[OTHER]), cache).close()
    assert "new-killed" not in folders(cache)


def test_unused_layers_expire(tmp_path: Path) -> None:
    """Layers are removed a week after their last use, unless a function uses them."""
    cache = tmp_path / "cache"
    old, used, new = (
        build_function(tmp_path / name, APP, layers=[SourceLayer({name: name})])
        for name in ("x", "y", "z")
    )
    first = mount(old, cache)
    forgotten = opt_folder(first)
    first.close()
    second = mount(used, cache)
    kept = opt_folder(second)
    for lock in cache.glob("*.lock"):
        os.utime(lock, (time() - WEEK - 60,) * 2)

    mount(new, cache).close()

    assert (forgotten.exists(), kept.exists()) == (False, True)
    assert not Path(f"{forgotten}.lock").exists()
    again = mount(old, cache)
    assert (opt_folder(again) / "x").read_text() == "x"
    again.close()
    second.close()


def test_layer_changes_while_it_is_unpacked(tmp_path: Path) -> None:
    """The zip is refused, and its files are not stored under the digest of the old zip."""
    cache = tmp_path / "cache"
    function = build_function(tmp_path, APP, layers=[LAYER])
    layer = Path(function.artifact.layers[0].path)
    layer.write_bytes(b"half a zip")

    with pytest.raises(ArtifactChanged) as refused:
        mount(function, cache)

    assert str(refused.value) == (
        "A build replaced a zip while the emulator unpacked it.\n\n"
        f"  {layer}\n"
        f"  SHA-256 before  {function.artifact.layers[0].sha256}\n"
        f"  SHA-256 now     {file_sha256(str(layer))}\n\n"
        "To fix, wait until the build has ended, and try again."
    )
    assert folders(cache) == []


def test_function_changes_before_it_is_unpacked(tmp_path: Path) -> None:
    """The message is about the changed zip, not about the exception of the incomplete one."""
    function = build_function(tmp_path, APP, is_folder=False)
    code = function.artifact.code
    Path(code.path).write_bytes(b"half a zip")

    with pytest.raises(ArtifactChanged) as refused:
        mount(function, tmp_path / "cache")

    assert str(refused.value) == (
        "A build replaced a zip while the emulator unpacked it.\n\n"
        f"  {code.path}\n"
        f"  SHA-256 before  {code.sha256}\n"
        f"  SHA-256 now     {file_sha256(code.path)}\n\n"
        "To fix, wait until the build has ended, and try again."
    )


def test_zip_was_replaced(tmp_path: Path) -> None:
    """A zip with another digest is refused even if it can be unpacked."""
    function = build_function(tmp_path / "a", APP, is_folder=False)
    other = build_function(tmp_path / "b", f"{APP}# changed\n", is_folder=False)
    os.replace(other.artifact.code.path, function.artifact.code.path)

    with pytest.raises(ArtifactChanged):
        unpack(function.artifact.code, str(tmp_path / "to"))


def test_zip_is_invalid(tmp_path: Path) -> None:
    """If the digest did not change, no build caused the error."""
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no zip")

    with pytest.raises(Exception, match="File is not a zip file"):
        unpack(Code(str(broken), file_sha256(str(broken))), str(tmp_path / "to"))


def test_failure_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If mounting fails, the folders are removed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    function = build_function(tmp_path / "fn", APP, layers=[LAYER])
    os.unlink(function.artifact.layers[0].path)

    with pytest.raises(ArtifactChanged):
        mount(function, tmp_path / "cache")

    assert list(scratch.iterdir()) == []


def test_unreadable_folder_is_removed(tmp_path: Path) -> None:
    """Folders that cannot be listed are removed, and the targets of links stay."""
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o555)
    gone = tmp_path / "gone"
    (gone / "a" / "b").mkdir(parents=True)
    (gone / "link").symlink_to(kept)
    (gone / "a" / "b" / "file").touch()
    (gone / "a" / "b").chmod(0)
    (gone / "a").chmod(0)

    remove(str(gone))

    assert (gone.exists(), S_IMODE(kept.stat().st_mode)) == (False, 0o555)


def test_mounted_function_does_not_change(tmp_path: Path) -> None:
    """A later build does not change the mounted files."""
    function = build_function(tmp_path / "a", APP, is_folder=False)
    mounts = mount(function, tmp_path / "cache")
    Path(function.artifact.code.path).write_bytes(b"")

    assert Path(mounts.root, "var/task/app.py").read_text() == APP
    mounts.close()
    with pytest.raises(ArtifactChanged):
        read_artifact(function.artifact.code.path)
