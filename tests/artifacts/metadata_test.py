import csv
import json
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

import pytest

from artifacts.mounted_artifacts import Artifact, artifact, is_bytecode

FUNCTIONS = {
    "src.acme.invoices/fn.zip": "src/acme/invoices:fn",
    "src.acme.orders/fn.zip": "src/acme/orders:fn",
    "src.archiver/fn.zip": "src/archiver:fn",
    "src.cloudtrail/fn.zip": "src/cloudtrail:fn",
    "src.cloudtrail/runtime_sdk.zip": "src/cloudtrail:runtime_sdk",
    "src.functions.add/fn.zip": "src/functions/add:fn",
    "src.functions.multiply/fn.zip": "src/functions/multiply:fn",
    "src.greeter/fn.zip": "src/greeter:fn",
    "src.legacy_orders/fn.zip": "src/legacy_orders:fn",
    "src.my_app/fn.zip": "src/my_app:fn",
    "src.my_lambda/fn.zip": "src/my_lambda:fn",
    "src.my_lambda/own_name.zip": "src/my_lambda:own_name",
    "src.thumbnails/fn@architecture=arm64.zip": "src/thumbnails:fn@architecture=arm64",
    "src.thumbnails/fn@architecture=x86_64.zip": "src/thumbnails:fn@architecture=x86_64",
}
LAYERS = {
    "src.acme.shared/layer.zip": "src/acme/shared:layer",
    "src.archiver/auth.zip": "src/archiver:auth",
    "src.cloudtrail/deps.zip": "src/cloudtrail:deps",
    "src.functions/deps.zip": "src/functions:deps",
    "src.shared/layer.zip": "src/shared:layer",
    "src.thumbnails/deps@architecture=arm64.zip": "src/thumbnails:deps@architecture=arm64",
    "src.thumbnails/deps@architecture=x86_64.zip": "src/thumbnails:deps@architecture=x86_64",
}
ADDRESSES = {**FUNCTIONS, **LAYERS}
LAYER_NAMES = {"src/functions:deps": "functions-deps", "src/shared:layer": "shared"}

every_artifact = pytest.mark.parametrize("path", ADDRESSES)
every_function = pytest.mark.parametrize("path", FUNCTIONS)


@every_artifact
def test_format_of_the_metadata(path: str) -> None:
    """Keys are sorted and indented by two spaces, so that a diff shows only real changes."""
    text = artifact(path).metadata_text

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


@every_artifact
def test_metadata_describes_the_artifact(path: str) -> None:
    """Metadata contains the schema version, kind, address and platform of every artifact."""
    metadata = artifact(path).metadata

    assert metadata["schema_version"] == 1
    assert metadata["kind"] == ("layer" if path in LAYERS else "function")
    assert metadata["address"] == ADDRESSES[path]
    assert metadata["runtime"] == ("python3.11" if "legacy" in path else "python3.13")
    assert metadata["architecture"] == ("arm64" if "arm64" in path else "x86_64")
    assert all(
        (key in metadata) == (path in FUNCTIONS)
        for key in ("handler", "layers", "from_layers", "total_unzipped_bytes")
    )


@every_artifact
def test_code_sha256(path: str) -> None:
    """`code_sha256` is the hash that AWS reports: the SHA-256 of the zip, in base64."""
    built = artifact(path)

    assert (
        built.metadata["code_sha256"]
        == b64encode(sha256(built.path.read_bytes()).digest()).decode()
    )


@every_artifact
def test_content_sha256(path: str) -> None:
    """`content_sha256` hashes a line for each file except bytecode: its mode, hash and path."""
    built = artifact(path)
    modes = built.modes()
    lines = [
        f"{modes[name]:04o} {sha256(content).hexdigest()} {name}\n"
        for name, content in sorted(built.files().items())
        if "__pycache__" not in PurePosixPath(name).parts
    ]

    assert (
        built.metadata["content_sha256"]
        == sha256("".join([*lines, "bytecode reachable\n"]).encode()).hexdigest()
    )


@every_artifact
def test_modes_of_files(path: str) -> None:
    """AWS requires 644, and 755 for executable files."""
    assert set(artifact(path).modes().values()) <= {0o644, 0o755}


@every_artifact
def test_zipped_and_unzipped_size(path: str) -> None:
    """`zip_bytes` is the size of the zip, and `unzipped_bytes` the size of all files in it."""
    built = artifact(path)

    assert built.metadata["zip_bytes"] == built.path.stat().st_size
    assert built.metadata["unzipped_bytes"] == sum(map(len, built.files().values()))


@every_artifact
def test_distributions_that_importlib_finds(path: str, tmp_path: Path) -> None:
    """Every distribution keeps its dist-info, for `importlib.metadata` and scanners."""
    built = artifact(path)
    found = [
        {"name": normalized(distribution.metadata["Name"]), "version": distribution.version}
        for distribution in distributions(path=[str(built.unpack(tmp_path) / built.root)])
    ]

    assert [
        {"name": normalized(carried["name"]), "version": carried["version"]}
        for carried in built.metadata["distributions"]
    ] == sorted(found, key=lambda distribution: distribution["name"])


@every_artifact
def test_every_file_has_an_owner(path: str) -> None:
    """A file is a source, part of a listed distribution, the re-export, or bytecode of these."""
    built = artifact(path)
    files = {each for each in built.files() if not is_bytecode(each)}
    sources = [source["path"] for source in built.metadata["sources"]]
    of_wheels = {f"{built.root}{path}" for path in recorded_paths(built)}

    assert sources == sorted(sources)
    assert set(sources) <= files
    assert files - set(sources) - of_wheels <= {"lambda_function.py"}


def recorded_paths(built: Artifact) -> set[str]:
    """The paths in the RECORD files of an artifact."""
    return {
        row[0]
        for name, content in built.files().items()
        if name.endswith(".dist-info/RECORD")
        for row in csv.reader(content.decode().splitlines())
    }


@every_function
def test_layers_of_a_function(path: str) -> None:
    """Each entry contains the layer's name in AWS, its hashes, and its path below `dist/`."""
    function = artifact(path)

    assert function.metadata["layers"] == [
        {
            "address": layer.metadata["address"],
            "layer_name": LAYER_NAMES.get(layer.metadata["address"]),
            "code_sha256": layer.metadata["code_sha256"],
            "content_sha256": layer.metadata["content_sha256"],
            "path": entry["path"],
        }
        for entry, layer in zip(function.metadata["layers"], function.layers, strict=True)
    ]


@every_function
def test_total_size(path: str) -> None:
    """AWS limits the unzipped size of a function and its layers together."""
    function = artifact(path)

    assert function.metadata["total_unzipped_bytes"] == sum(
        built.metadata["unzipped_bytes"] for built in (function, *function.layers)
    )


@every_function
def test_place_of_each_distribution(path: str) -> None:
    """A distribution is in the function, in the listed layer or in the runtime, and only there."""
    function = artifact(path)
    in_layers = {
        (each["name"], each["version"], layer.metadata["address"])
        for layer in function.layers
        for each in layer.metadata["distributions"]
    }
    from_layers = function.metadata["from_layers"]
    places = [
        each["name"]
        for key in ("distributions", "from_layers", "provided")
        for each in function.metadata[key]
    ]

    assert {(each["name"], each["version"], each["layer"]) for each in from_layers} <= in_layers
    assert len(places) == len(set(places))


def test_versions_of_provided_distributions() -> None:
    """The versions are the locked ones. `aws-sdk` means boto3 and its dependencies."""
    whole, slim = (
        artifact(path).metadata
        for path in ("src.cloudtrail/fn.zip", "src.cloudtrail/runtime_sdk.zip")
    )
    locked = {each["name"]: each["version"] for each in whole["from_layers"]}
    provided = {each["name"]: each["version"] for each in slim["provided"]}

    assert set(provided) == {
        "boto3",
        "botocore",
        "jmespath",
        "python-dateutil",
        "s3transfer",
        "six",
        "urllib3",
    }
    assert provided.items() <= locked.items()


def test_paths_of_sources() -> None:
    """The metadata maps each first-party file of an artifact to its path in the repository, with
    its hash.
    """
    function, layer = map(artifact, ("src.functions.add/fn.zip", "src.shared/layer.zip"))

    assert {each["path"]: each["source"] for each in function.metadata["sources"]} == {
        "functions/add/handler.py": "src/functions/add/handler.py",
    }
    assert {each["path"]: each["source"] for each in layer.metadata["sources"]} == {
        "python/shared/__init__.py": "src/shared/__init__.py",
        "python/shared/operands.py": "src/shared/operands.py",
        "python/shared/py.typed": "src/shared/py.typed",
    }
    for built in (function, layer):
        for each in built.metadata["sources"]:
            assert each["sha256"] == sha256(built.files()[each["path"]]).hexdigest()


def test_wheel_of_a_distribution() -> None:
    """The metadata contains the name of the wheel and its hash."""
    (numpy,) = artifact("src.legacy_orders/fn.zip").metadata["distributions"]

    assert {*numpy} == {"name", "version", "wheel", "sha256", "unzipped_bytes", "left_out"}
    assert numpy["wheel"].startswith(f"numpy-{numpy['version']}-cp311-")
    assert len(bytes.fromhex(numpy["sha256"])) == 32


def normalized(name: str) -> str:
    """The form of a name that PEP 503 compares."""
    return name.lower().replace("_", "-").replace(".", "-")
