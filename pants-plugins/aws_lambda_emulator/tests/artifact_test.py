"""Reads packaged functions from disk, and refuses those that are incomplete or inconsistent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aws_lambda_emulator.artifact import (
    Artifact,
    ArtifactChanged,
    Code,
    file_sha256,
    read_artifact,
    read_stamp,
    watched_files,
)
from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.tests.function_builder import SourceFunction, SourceLayer, write_metadata

LAYER = SourceLayer({"python/a.py": "a = 1\n"})


def refusal(path: Path) -> str:
    with pytest.raises(EmulatorError) as refused:
        read_artifact(str(path))
    return str(refused.value)


def test_function_with_layers(tmp_path: Path) -> None:
    """Paths of layers are relative to the folder that Pants wrote into, here two levels up."""
    layers = [LAYER, SourceLayer({"bin/x": ""}, is_folder=True)]
    path = SourceFunction({"app.py": ""}, layers=layers, is_folder=False).write(tmp_path, (3, 13))

    assert read_artifact(str(path)) == Artifact(
        address="src/app:fn",
        handler="app.handler",
        runtime="python3.13",
        python=(3, 13),
        architecture="x86_64",
        code=Code(str(path), file_sha256(str(path))),
        layers=(
            Code(str(tmp_path / "layers/0"), file_sha256(str(tmp_path / "layers/0"))),
            Code(str(tmp_path / "layers/1"), ""),
        ),
        arn_layers=(),
    )


def test_relative_path_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path starts at the working directory, as in a shell."""
    path = SourceFunction({"app.py": ""}, layers=[LAYER]).write(tmp_path, (3, 13))
    monkeypatch.chdir(tmp_path)

    assert read_artifact("src.app/fn") == read_artifact(str(path))


def test_explicit_platforms_and_arn_layers(tmp_path: Path) -> None:
    """Without a runtime the Python version is unknown, and a layer with an ARN is not mounted."""
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
    assert (artifact.layers, artifact.arn_layers) == ((), (arn,))


BROKEN = [
    ("", "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
    ("[]", "TypeError: list indices must be integers or slices, not str"),
    ("{}", "KeyError: 'kind'"),
    ('{"kind": "function", "address": "a"}', "KeyError: 'handler'"),
    ('{"kind": "layer"}', "KeyError: 'address'"),
]


@pytest.mark.parametrize(("metadata", "reason"), BROKEN, ids=[each[0] for each in BROKEN])
def test_metadata_is_invalid(tmp_path: Path, metadata: str, reason: str) -> None:
    """The emulator refuses files of other programs, and metadata of older builds."""
    path = tmp_path / "fn"
    path.mkdir()
    Path(f"{path}.metadata.json").write_text(metadata)

    assert refusal(path) == (
        "This path is not a packaged function.\n\n"
        f"  {path}\n"
        f"  {reason}\n\n"
        "To fix, run `pants package`, which writes the zip and its metadata."
    )


def test_metadata_or_zip_is_missing(tmp_path: Path) -> None:
    """The message names the missing file: the metadata, or the zip next to it."""
    path = tmp_path / "fn.zip"
    metadata = f"{path}.metadata.json"
    assert f"  FileNotFoundError: [Errno 2] No such file or directory: '{metadata}'" in refusal(
        path
    )

    SourceFunction({"app.py": ""}).write(tmp_path, (3, 13))
    (tmp_path / "src.app/fn").rename(tmp_path / "moved")
    path = tmp_path / "src.app/fn"
    assert f"  FileNotFoundError: {path}\n" in refusal(path)


def test_layer_cannot_be_invoked(tmp_path: Path) -> None:
    """The fix is to name a function that attaches the layer."""
    path = tmp_path / "deps.zip"
    path.touch()
    write_metadata(path, kind="layer", address="src:deps")

    assert refusal(path) == (
        "src:deps is a layer, but only functions can be invoked.\n\n"
        f"  {path}\n\n"
        "To fix, name a `lambda_function` that attaches it."
    )


def test_layers_are_missing(tmp_path: Path) -> None:
    """The message lists all layers, and the command that builds them."""
    path = SourceFunction({"app.py": ""}, layers=[LAYER, LAYER]).write(tmp_path, (3, 13))
    (tmp_path / "layers/1").unlink()

    assert refusal(path) == (
        "src/app:fn attaches layers that do not exist.\n\n"
        "  layers/0\n"
        "  layers/1\n\n"
        f"The emulator looked for them in every folder above {path}.\n\n"
        "To fix, run `pants package src/app:fn`, which writes the function and its layers."
    )


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ("src.app/fn", "The zip of src/app:fn does not match its metadata."),
        ("layers/0", "src/app:fn was built with another version of src/layers:0."),
    ],
)
def test_zip_does_not_match_metadata(tmp_path: Path, changed: str, what: str) -> None:
    """The function's metadata contains the digests of its layers, so the fix is to build the
    function."""
    path = SourceFunction({"app.py": ""}, layers=[LAYER], is_folder=False).write(tmp_path, (3, 13))
    zip_ = tmp_path / changed
    expected = file_sha256(str(zip_))
    zip_.write_bytes(b"")

    with pytest.raises(ArtifactChanged):
        read_artifact(str(path))
    assert refusal(path) == (
        f"{what}\n\n"
        f"  {zip_}\n"
        f"  SHA-256 in the metadata  {expected}\n"
        "  SHA-256 of the zip       "
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\n"
        "To fix, run `pants package src/app:fn`."
    )


def test_stamp_changes_with_each_file(tmp_path: Path) -> None:
    """A stamp covers the function and its layers, and exists even if the files do not."""
    path = SourceFunction({"app.py": ""}, layers=[LAYER], is_folder=False).write(tmp_path, (3, 13))
    layer = tmp_path / "layers/0"
    write_metadata(layer, kind="layer", address="src/layers:0")
    files = [f"{path}.metadata.json", str(path), f"{layer}.metadata.json", str(layer)]
    assert sorted(watched_files(str(path))) == sorted(files)

    stamps = {read_stamp(str(path))}
    for number, each in enumerate(files):
        os.utime(each, (number, number))
        stamps.add(read_stamp(str(path)))
    assert len(stamps) == 5
    for each in files:
        os.unlink(each)
    assert read_stamp(str(path)) == ()


def test_additional_metadata_is_ignored(tmp_path: Path) -> None:
    """Additional keys in the metadata change nothing."""
    path = SourceFunction({"app.py": ""}).write(tmp_path, (3, 13))
    metadata = Path(f"{path}.metadata.json")
    before = read_artifact(str(path))
    metadata.write_text(json.dumps({**json.loads(metadata.read_text()), "later": 1}))

    assert read_artifact(str(path)) == before
