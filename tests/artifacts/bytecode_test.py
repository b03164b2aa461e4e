import json
import subprocess

import pytest

from artifacts.layers_test import every_example
from artifacts.mounted import artifact, interpreter

# Own code compiled for another Python, native code for another processor, layers of both kinds.
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
# Said by the runtime's own Python of each source with bytecode: how Python checks it, if that lies
# where it is looked for, and has its magic number and the hash of the source.
LOOK = """
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
def test_bytecode_is_what_the_runtime_would_compile(path: str) -> None:
    """Each lies where the runtime's Python looks for it, has its magic number and is made from the
    source that lies there; own code is checked, third-party code is not (PEP 552)."""
    built = artifact(path)
    metadata = built.metadata
    done = subprocess.run(
        [interpreter(metadata["runtime"]), "-c", LOOK, built.path],
        capture_output=True,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout)
    own = {each["path"] for each in metadata["sources"]} | {"lambda_function.py"}

    assert metadata["bytecode"]["modules"] == len(found) > 0
    assert found == {source: CHECKED if source in own else UNCHECKED for source in found}


@every_example
def test_a_module_has_the_same_bytecode_in_a_split_function(split: str, whole: str) -> None:
    """Function and layers together have what the whole one has, byte for byte; a layer that others
    may attach has more."""
    function = artifact(split)
    together = dict(function.bytecode())
    for layer in function.layers:
        together.update(layer.bytecode())

    assert artifact(whole).bytecode().items() <= together.items()
