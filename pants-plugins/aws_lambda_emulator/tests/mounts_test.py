"""The folders of functions, and the cache of what several of them use."""

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

from aws_lambda_emulator import mounts as its_module
from aws_lambda_emulator.artifact import ChangedMeanwhile, Code, read_artifact, sha256_of
from aws_lambda_emulator.mounts import Mounts
from aws_lambda_emulator.tests.made_functions import Made, MadeFile, MadeLayer, made
from aws_lambda_emulator.unpack import remove, unpack

LAYER = MadeLayer({"python/a.py": "a = 1\n", "bin/tool": MadeFile("#!/bin/sh\n", 0o755)})
OTHER = MadeLayer({"python/b.py": "b = 1\n"})
APP = "def handler(event, context):\n    return 1\n"
WEEK = 7 * 24 * 3600


def mounted(function: Made, cache: Path) -> Mounts:
    return Mounts(function.artifact, function.interpreter, cache=str(cache))


def opt(mounts: Mounts) -> Path:
    """Where its layers really lie."""
    return Path(mounts.root, "opt").resolve()


def folders(cache: Path) -> list[str]:
    return sorted(each.name for each in cache.iterdir() if each.is_dir())


def test_shared_layers_are_unpacked_once(tmp_path: Path) -> None:
    """Two functions with the same layers use one folder; the order of layers is another one."""
    cache = tmp_path / "cache"
    first = made(tmp_path / "1", APP, layers=[LAYER, OTHER])
    same = made(tmp_path / "2", {"more.py": APP}, layers=[LAYER, OTHER])
    swapped = made(tmp_path / "3", APP, layers=[OTHER, LAYER])

    places = []
    for function in (first, same, swapped):
        mounts = mounted(function, cache)
        places.append(opt(mounts))
        mounts.close()
        assert not os.path.exists(mounts.root)

    assert places[0] == places[1] != places[2]
    assert all(each.parent == cache and each.exists() for each in places)


def test_layers_as_folders_are_not_shared(tmp_path: Path) -> None:
    """Nobody knows whether their content stays the same."""
    cache = tmp_path / "cache"
    layer = MadeLayer({"python/c.py": ""}, is_folder=True)
    mounts = mounted(made(tmp_path, APP, layers=[LAYER, layer]), cache)

    assert sorted(each.name for each in (opt(mounts) / "python").iterdir()) == ["a.py", "c.py"]
    assert opt(mounts).parent == Path(mounts.root)
    mounts.close()
    assert not os.path.exists(mounts.root)


@pytest.mark.parametrize("is_folder", [False, True], ids=["zips", "folders"])
def test_a_later_layer_replaces(tmp_path: Path, is_folder: bool) -> None:
    """Also what an earlier one does not let anybody write."""
    read_only = MadeFile("of = 'first'\n", 0o444)
    first = MadeLayer({"python/x.py": read_only, "python/y.py": read_only}, is_folder)
    second = MadeLayer({"python/x.py": MadeFile("of = 'second'\n", 0o400)}, is_folder)
    mounts = mounted(made(tmp_path, APP, layers=[first, second]), tmp_path / "cache")

    texts = [(opt(mounts) / "python" / name).read_text() for name in ("x.py", "y.py")]
    mounts.close()

    assert texts == ["of = 'second'\n", "of = 'first'\n"]


def test_permissions(tmp_path: Path) -> None:
    """What is executable stays so; everyone may read; nobody may write; links stay links."""
    link = MadeFile("tool", S_IFLNK | 0o777)
    layer = MadeLayer({**LAYER.files, "bin/link": link, "private": MadeFile("", 0o600)})
    mask = os.umask(0o077)
    try:
        mounts = mounted(made(tmp_path, APP, layers=[layer]), tmp_path / "cache")
    finally:
        os.umask(mask)
    layers = opt(mounts)

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


def test_emulators_at_once(tmp_path: Path) -> None:
    """They unpack beside each other, and end up in one folder with nothing left over."""
    cache = tmp_path / "cache"
    function = made(tmp_path, APP, layers=[LAYER, OTHER])
    program = (
        "import sys\n"
        "from aws_lambda_emulator.artifact import read_artifact\n"
        "from aws_lambda_emulator.mounts import Interpreter, Mounts\n"
        "for _ in range(5):\n"
        "    Mounts(read_artifact(sys.argv[1]), Interpreter(sys.executable, (3, 9)),"
        " cache=sys.argv[2]).close()\n"
    )
    path = Path(its_module.__file__).parents[1]

    def emulate(_: int) -> int:
        return subprocess.run(
            [sys.executable, "-c", program, function.artifact.code.path, str(cache)],
            env={"PYTHONPATH": str(path)},
            check=False,
        ).returncode

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(emulate, range(4))) == [0, 0, 0, 0]
    # One for the layers, and one for the packages of the runtime, which has none.
    assert len(folders(cache)) == 2


def test_one_that_was_killed_while_it_unpacked(tmp_path: Path) -> None:
    """What it left is no layer for the next one, and is removed once it is old."""
    cache = tmp_path / "cache"
    function = made(tmp_path, APP, layers=[LAYER])
    unfinished = cache / "new-killed" / "files"
    unfinished.mkdir(parents=True)
    (unfinished / "half").touch()
    unfinished.chmod(0o555)

    mounted(function, cache).close()
    assert "new-killed" in folders(cache)

    os.utime(cache / "new-killed", (0, 0))
    mounted(made(tmp_path / "2", APP, layers=[OTHER]), cache).close()
    assert "new-killed" not in folders(cache)


def test_old_layers_are_forgotten(tmp_path: Path) -> None:
    """A week after their last use, unless somebody uses them at the moment."""
    cache = tmp_path / "cache"
    old, used, new = (
        made(tmp_path / name, APP, layers=[MadeLayer({name: name})]) for name in ("x", "y", "z")
    )
    first = mounted(old, cache)
    forgotten = opt(first)
    first.close()
    second = mounted(used, cache)
    kept = opt(second)
    for lock in cache.glob("*.lock"):
        os.utime(lock, (time() - WEEK - 60,) * 2)

    mounted(new, cache).close()

    assert (forgotten.exists(), kept.exists()) == (False, True)
    assert not Path(f"{forgotten}.lock").exists()
    again = mounted(old, cache)
    assert (opt(again) / "x").read_text() == "x"
    again.close()
    second.close()


def test_a_zip_that_changes_while_it_is_unpacked(tmp_path: Path) -> None:
    """It is refused, and nothing of it is kept under the name of what it was."""
    cache = tmp_path / "cache"
    function = made(tmp_path, APP, layers=[LAYER])
    layer = Path(function.artifact.layers[0].path)
    layer.write_bytes(b"half a zip")

    with pytest.raises(ChangedMeanwhile) as refused:
        mounted(function, cache)

    assert str(refused.value) == (
        "A build replaced a zip while it was unpacked.\n\n"
        f"  {layer}\n"
        f"  SHA-256 before  {function.artifact.layers[0].sha256}\n"
        f"  and now         {sha256_of(str(layer))}\n\n"
        "To fix, try again once the build has ended."
    )
    assert folders(cache) == []


def test_a_function_that_changes_before_it_is_unpacked(tmp_path: Path) -> None:
    """It is refused by name, whatever reading half a zip ends with."""
    function = made(tmp_path, APP, is_folder=False)
    code = function.artifact.code
    Path(code.path).write_bytes(b"half a zip")

    with pytest.raises(ChangedMeanwhile) as refused:
        mounted(function, tmp_path / "cache")

    assert str(refused.value) == (
        "A build replaced a zip while it was unpacked.\n\n"
        f"  {code.path}\n"
        f"  SHA-256 before  {code.sha256}\n"
        f"  and now         {sha256_of(code.path)}\n\n"
        "To fix, try again once the build has ended."
    )


def test_a_zip_that_is_another_one_now(tmp_path: Path) -> None:
    """Also where it can be unpacked."""
    function = made(tmp_path / "a", APP, is_folder=False)
    other = made(tmp_path / "b", f"{APP}# changed\n", is_folder=False)
    os.replace(other.artifact.code.path, function.artifact.code.path)

    with pytest.raises(ChangedMeanwhile):
        unpack(function.artifact.code, str(tmp_path / "to"))


def test_a_zip_that_is_broken(tmp_path: Path) -> None:
    """If it was so before, that is no build's doing."""
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no zip")

    with pytest.raises(Exception, match="File is not a zip file"):
        unpack(Code(str(broken), sha256_of(str(broken))), str(tmp_path / "to"))


def test_what_keeps_a_function_from_being_mounted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders that were made until then are removed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    function = made(tmp_path / "fn", APP, layers=[LAYER])
    os.unlink(function.artifact.layers[0].path)

    with pytest.raises(ChangedMeanwhile):
        mounted(function, tmp_path / "cache")

    assert list(scratch.iterdir()) == []


def test_remove(tmp_path: Path) -> None:
    """Folders that nobody may list go too, and what links lead to stays."""
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


def test_a_mounted_function_is_as_it_was_built(tmp_path: Path) -> None:
    """A build that replaces it meanwhile changes nothing of it."""
    function = made(tmp_path / "a", APP, is_folder=False)
    mounts = mounted(function, tmp_path / "cache")
    Path(function.artifact.code.path).write_bytes(b"")

    assert Path(mounts.root, "var/task/app.py").read_text() == APP
    mounts.close()
    with pytest.raises(ChangedMeanwhile):
        read_artifact(function.artifact.code.path)
