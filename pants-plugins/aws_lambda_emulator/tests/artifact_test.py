"""Built functions as they lie on disk, and what keeps one from being read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aws_lambda_emulator.artifact import (
    Artifact,
    ChangedMeanwhile,
    Code,
    files_of,
    read_artifact,
    sha256_of,
    stamp_of,
)
from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.tests.made_functions import MadeFunction, MadeLayer, write_metadata

LAYER = MadeLayer({"python/a.py": "a = 1\n"})


def refusal(path: Path) -> str:
    with pytest.raises(EmulatorFault) as refused:
        read_artifact(str(path))
    return str(refused.value)


def test_a_function_and_its_layers(tmp_path: Path) -> None:
    """Paths of layers are relative to the folder that Pants wrote into, here two levels up."""
    layers = [LAYER, MadeLayer({"bin/x": ""}, is_folder=True)]
    path = MadeFunction({"app.py": ""}, layers=layers, is_folder=False).write(tmp_path, (3, 13))

    assert read_artifact(str(path)) == Artifact(
        address="src/app:fn",
        handler="app.handler",
        runtime="python3.13",
        python=(3, 13),
        architecture="x86_64",
        code=Code(str(path), sha256_of(str(path))),
        layers=(
            Code(str(tmp_path / "layers/0"), sha256_of(str(tmp_path / "layers/0"))),
            Code(str(tmp_path / "layers/1"), ""),
        ),
        absent=(),
    )


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is from the working folder, as in a shell."""
    path = MadeFunction({"app.py": ""}, layers=[LAYER]).write(tmp_path, (3, 13))
    monkeypatch.chdir(tmp_path)

    assert read_artifact("src.app/fn") == read_artifact(str(path))


def test_explicit_platforms_and_foreign_layers(tmp_path: Path) -> None:
    """Nobody says which Python that is, and what was built elsewhere is named, not mounted."""
    path = tmp_path / "fn"
    path.mkdir()
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:x:1"
    write_metadata(
        path,
        kind="function",
        address="src/app:fn",
        handler="app.handler",
        runtime=None,
        architecture=None,
        code_sha256=None,
        layers=[{"arn": arn}],
    )

    artifact = read_artifact(str(path))

    assert (artifact.python, artifact.architecture) == (None, "x86_64")
    assert (artifact.layers, artifact.absent) == ((), (arn,))


BROKEN = [
    ("", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
    ("[]", "TypeError: list indices must be integers or slices, not str"),
    ("{}", "KeyError: 'kind'"),
    ('{"kind": "function", "address": "a"}', "KeyError: 'handler'"),
    ('{"kind": "layer"}', "KeyError: 'address'"),
]


@pytest.mark.parametrize(("metadata", "told"), BROKEN, ids=[each[0] for each in BROKEN])
def test_what_is_no_function(tmp_path: Path, metadata: str, told: str) -> None:
    """Another program's file, or what an older build wrote, is refused as a whole."""
    path = tmp_path / "fn"
    path.mkdir()
    Path(f"{path}.metadata.json").write_text(metadata)

    assert refusal(path) == (
        "There is no built function to run.\n\n"
        f"  {path}\n"
        f"  {told}\n\n"
        "To fix, build it with `./pants package`, which writes the zip and its metadata."
    )


def test_nothing_at_all(tmp_path: Path) -> None:
    """Neither metadata, nor, beside these, a zip."""
    path = tmp_path / "fn.zip"
    beside = f"{path}.metadata.json"
    assert f"  FileNotFoundError: [Errno 2] No such file or directory: '{beside}'" in refusal(path)

    MadeFunction({"app.py": ""}).write(tmp_path, (3, 13))
    (tmp_path / "src.app/fn").rename(tmp_path / "moved")
    path = tmp_path / "src.app/fn"
    assert f"  FileNotFoundError: {path}\n" in refusal(path)


def test_a_layer_is_no_function(tmp_path: Path) -> None:
    """The target that was meant attaches it."""
    path = tmp_path / "deps.zip"
    path.touch()
    write_metadata(path, kind="layer", address="src:deps")

    assert refusal(path) == (
        "src:deps is a layer, and only functions can be invoked.\n\n"
        f"  {path}\n\n"
        "To fix, name a `lambda_function` that attaches it."
    )


def test_layers_that_are_missing(tmp_path: Path) -> None:
    """All of them are named, with how they get there."""
    path = MadeFunction({"app.py": ""}, layers=[LAYER, LAYER]).write(tmp_path, (3, 13))
    (tmp_path / "layers/1").unlink()

    assert refusal(path) == (
        "The layers that src/app:fn attaches are not there.\n\n"
        "  layers/0\n"
        "  layers/1\n\n"
        f"They were looked for above {path}.\n\n"
        "To fix, run `./pants package src/app:fn`, which writes the function and its layers."
    )


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ("src.app/fn", "The zip of src/app:fn is not the one that its metadata tells of."),
        (
            "layers/0",
            "src/app:fn was built with another src/layers:0 than the one that is there now.",
        ),
    ],
)
def test_a_zip_that_is_not_the_one_of_its_metadata(tmp_path: Path, changed: str, what: str) -> None:
    """The metadata are the function's for its layers too, so it is the function that is built."""
    path = MadeFunction({"app.py": ""}, layers=[LAYER], is_folder=False).write(tmp_path, (3, 13))
    zip_ = tmp_path / changed
    expected = sha256_of(str(zip_))
    zip_.write_bytes(b"")

    with pytest.raises(ChangedMeanwhile):
        read_artifact(str(path))
    assert refusal(path) == (
        f"{what}\n\n"
        f"  {zip_}\n"
        f"  SHA-256 in the metadata  {expected}\n"
        "  SHA-256 of the zip       "
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n"
        "To fix, run `./pants package src/app:fn`."
    )


def test_a_stamp(tmp_path: Path) -> None:
    """It changes with each file of a function and its layers, and is there even if they are not."""
    path = MadeFunction({"app.py": ""}, layers=[LAYER], is_folder=False).write(tmp_path, (3, 13))
    layer = tmp_path / "layers/0"
    write_metadata(layer, kind="layer", address="src/layers:0")
    files = [f"{path}.metadata.json", str(path), f"{layer}.metadata.json", str(layer)]
    assert sorted(files_of(str(path))) == sorted(files)

    stamps = {stamp_of(str(path))}
    for number, each in enumerate(files):
        os.utime(each, (number, number))
        stamps.add(stamp_of(str(path)))
    assert len(stamps) == 5
    for each in files:
        os.unlink(each)
    assert stamp_of(str(path)) == ()


def test_metadata_of_pants(tmp_path: Path) -> None:
    """Keys that are not read here change nothing."""
    path = MadeFunction({"app.py": ""}).write(tmp_path, (3, 13))
    beside = Path(f"{path}.metadata.json")
    before = read_artifact(str(path))
    beside.write_text(json.dumps({**json.loads(beside.read_text()), "later": 1}))

    assert read_artifact(str(path)) == before
