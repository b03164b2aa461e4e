import csv
from pathlib import Path

import pytest

from artifacts.mounted import Artifact, artifact

# A split function of the examples, and a function of the same handler that names no layer.
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
def test_a_split_function_and_its_layers_hold_the_files_of_a_whole_one(
    split: str, whole: str
) -> None:
    """Byte for byte: nothing is missing, nothing is added, nothing is changed."""
    function = artifact(split)
    in_layers = {
        path: content for layer in function.layers for path, content in layer.importable().items()
    }

    assert in_layers
    assert {**in_layers, **function.importable()} == artifact(whole).importable()


@every_example
def test_no_file_lies_both_in_a_function_and_in_its_layers(split: str, whole: str) -> None:
    """Each file has one place, and the zips share none."""
    artifacts = [artifact(split), *artifact(split).layers]

    assert sum(len(each.importable()) for each in artifacts) == len(artifact(whole).importable())


@every_example
def test_every_distribution_of_a_whole_function_has_a_place(split: str, whole: str) -> None:
    """Carried and from layers are together what the function needs, in the same versions."""
    metadata = artifact(split).metadata
    placed = [*metadata["distributions"], *metadata["from_layers"]]

    assert sorted((each["name"], each["version"]) for each in placed) == versions(artifact(whole))


def versions(built: Artifact) -> list[tuple[str, str]]:
    return [(each["name"], each["version"]) for each in built.metadata["distributions"]]


def test_a_function_leaves_out_exactly_what_the_runtime_provides() -> None:
    """`provided` takes whole distributions away, and no other file."""
    slim = artifact("src.cloudtrail/runtime_sdk.zip")
    whole = artifact("tests.artifacts.whole/cloudtrail.zip")
    provided = [(each["name"], each["version"]) for each in slim.metadata["provided"]]

    assert sorted([*versions(slim), *provided]) == versions(whole)
    assert slim.importable().items() <= whole.importable().items()
    assert set(whole.importable()) - set(slim.importable()) == files_of(provided, whole)


def test_a_function_answers_with_the_sdk_of_the_runtime(tmp_path: Path) -> None:
    """Mounted before an installed SDK, as in Lambda, it finds there what it left out."""
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
    """The files in the artifact that the wheels of these distributions brought."""
    files = built.files()
    return {
        path
        for name, version in distributions
        for path in recorded(files[f"{name.replace('-', '_')}-{version}.dist-info/RECORD"])
        if path in files
    }


def recorded(record: bytes) -> list[str]:
    return [row[0] for row in csv.reader(record.decode().splitlines())]


def test_a_namespace_package_lies_partly_in_the_function_and_partly_in_its_layer() -> None:
    """`google` and `google.cloud` have no `__init__.py`: Python merges their folders."""
    function = artifact("src.archiver/fn.zip")
    (layer,) = function.layers

    assert "google/cloud/storage/__init__.py" in function.importable()
    assert "google/auth/__init__.py" in layer.importable()
    assert not {"google/__init__.py", "google/cloud/__init__.py"} & {
        *function.importable(),
        *layer.importable(),
    }
