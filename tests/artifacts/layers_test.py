import csv
from pathlib import Path

import pytest

from artifacts.mounted_artifacts import Artifact, artifact

# Functions with layers, and functions with the same handlers without layers.
EXAMPLES = {
    "src.acme.invoices/fn.zip": "tests.artifacts.whole/acme.invoices.zip",
    "src.acme.orders/fn.zip": "tests.artifacts.whole/acme.orders.zip",
    "src.archiver/fn.zip": "tests.artifacts.whole/archiver.zip",
    "src.cloudtrail/fn.zip": "tests.artifacts.whole/cloudtrail.zip",
    "src.functions.add/fn.zip": "tests.artifacts.whole/functions.add.zip",
    "src.functions.multiply/fn.zip": "tests.artifacts.whole/functions.multiply.zip",
    **{
        f"src.thumbnails/fn@architecture={each}.zip": (
            f"tests.artifacts.whole/thumbnails@architecture={each}.zip"
        )
        for each in ("arm64", "x86_64")
    },
}

every_example = pytest.mark.parametrize(("split", "whole"), EXAMPLES.items())


@every_example
def test_function_and_layers_contain_all_files(split: str, whole: str) -> None:
    """Their files are those of the function without layers, byte for byte."""
    function = artifact(split)
    in_layers = {
        path: content for layer in function.layers for path, content in layer.importable().items()
    }

    assert in_layers
    assert {**in_layers, **function.importable()} == artifact(whole).importable()


@every_example
def test_every_file_is_in_one_zip(split: str, whole: str) -> None:
    """The function and its layers have no file in common."""
    artifacts = [artifact(split), *artifact(split).layers]

    assert sum(len(each.importable()) for each in artifacts) == len(artifact(whole).importable())


@every_example
def test_distributions_in_the_metadata(split: str, whole: str) -> None:
    """The metadata lists every distribution: in the function, or from a layer."""
    metadata = artifact(split).metadata
    placed = [*metadata["distributions"], *metadata["from_layers"]]

    assert sorted((each["name"], each["version"]) for each in placed) == versions(artifact(whole))


def versions(built: Artifact) -> list[tuple[str, str]]:
    return [(each["name"], each["version"]) for each in built.metadata["distributions"]]


def test_function_without_provided_distributions() -> None:
    """`provided` removes the files of whole distributions, and no other files."""
    slim = artifact("src.cloudtrail/runtime_sdk.zip")
    whole = artifact("tests.artifacts.whole/cloudtrail.zip")
    provided = [(each["name"], each["version"]) for each in slim.metadata["provided"]]

    assert sorted([*versions(slim), *provided]) == versions(whole)
    assert slim.importable().items() <= whole.importable().items()
    assert set(whole.importable()) - set(slim.importable()) == files_of(provided, whole)


def test_function_imports_the_sdk_of_the_runtime(tmp_path: Path) -> None:
    """A function without the SDK works if the SDK is installed, as it is in Lambda."""
    slim = artifact("src.cloudtrail/runtime_sdk.zip")
    whole = artifact("tests.artifacts.whole/cloudtrail.zip")
    provided = [(each["name"], each["version"]) for each in slim.metadata["provided"]]
    installed = tmp_path / "installed"
    files = whole.files()
    for path in files_of(provided, whole):
        (installed / path).parent.mkdir(parents=True, exist_ok=True)
        (installed / path).write_bytes(files[path])

    assert slim.answer({"Records": []}, tmp_path, installed=installed) == {
        "read": 0,
        "indexed": 0,
    }


def files_of(distributions: list[tuple[str, str]], built: Artifact) -> set[str]:
    """The files of these distributions in an artifact."""
    files = built.files()
    return {
        path
        for name, version in distributions
        for path in recorded(files[f"{name.replace('-', '_')}-{version}.dist-info/RECORD"])
        if path in files
    }


def recorded(record: bytes) -> list[str]:
    return [row[0] for row in csv.reader(record.decode().splitlines())]


def test_namespace_package_in_function_and_layer() -> None:
    """`google` and `google.cloud` have no `__init__.py`, so that Python merges their folders."""
    function = artifact("src.archiver/fn.zip")
    (layer,) = function.layers

    assert "google/cloud/storage/__init__.py" in function.importable()
    assert "google/auth/__init__.py" in layer.importable()
    assert not {"google/__init__.py", "google/cloud/__init__.py"} & {
        *function.importable(),
        *layer.importable(),
    }
