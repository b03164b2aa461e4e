import json
import subprocess

import pytest

from artifacts.layers_test import every_example
from artifacts.mounted_artifacts import artifact, interpreter

# First-party code for another Python, native code for another processor, and both kinds of layers.
BUILT = [
    "src.archiver/auth.zip",
    "src.cloudtrail/fn.zip",
    "src.functions.add/fn.zip",
    "src.functions/deps.zip",
    "src.greeter/fn.zip",
    "src.legacy_orders/fn.zip",
    "src.my_app/fn.zip",
    "src.shared/layer.zip",
    "src.thumbnails/deps@architecture=arm64.zip",
]
UNCHECKED, CHECKED = 0b01, 0b11
# A program for the Python of the runtime. It prints how Python checks the bytecode of each source,
# and asserts that the path, the magic number and the hash of the source are right.
INSPECT_BYTECODE = """
import importlib.util as u, json, sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    names = set(archive.namelist())
    places = {u.cache_from_source(name): name for name in names if name.endswith(".py")}
    found = {}
    for name in names:
        if name.endswith(".pyc"):
            content, source = archive.read(name), archive.read(places[name])
            assert content[:4] == u.MAGIC_NUMBER, name
            assert content[8:16] == u.source_hash(source), name
            found[places[name]] = content[4]
json.dump(found, sys.stdout)
"""


@pytest.mark.parametrize("path", BUILT)
def test_bytecode_fits_the_runtime_and_the_sources(path: str) -> None:
    """The runtime's Python finds and accepts the bytecode.

    It compares first-party bytecode with the source, and uses third-party bytecode without a check
    (PEP 552).
    """
    built = artifact(path)
    metadata = built.metadata
    done = subprocess.run(
        [interpreter(metadata["runtime"]), "-c", INSPECT_BYTECODE, built.path],
        capture_output=True,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout)
    first_party = {each["path"] for each in metadata["sources"]} | {"lambda_function.py"}

    assert metadata["bytecode"]["modules"] == len(found) > 0
    assert found == {source: CHECKED if source in first_party else UNCHECKED for source in found}


@every_example
def test_bytecode_of_a_split_function(split: str, whole: str) -> None:
    """A function and its layers contain the same bytecode as a function without layers.

    Layers contain more, because other functions may attach them.
    """
    function = artifact(split)
    together = dict(function.bytecode())
    for layer in function.layers:
        together.update(layer.bytecode())

    assert artifact(whole).bytecode().items() <= together.items()
