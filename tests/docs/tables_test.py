import ast
from collections.abc import Iterator
from pathlib import Path

from artifacts.mounted_artifacts import artifact
from docs.documents import quoted, tables

BACKEND = Path("pants-plugins/aws_lambda")
METADATA = Path("docs/reference/metadata.md")
MAP = Path("pants-plugins/README.md")
ARCHITECTURE = BACKEND / "architecture_test.py"


def test_keys_of_the_metadata() -> None:
    """The page describes every key of the document, and of the objects in its lists."""
    keys, *of_lists = tables(METADATA, "Keys")
    *others, excluded, typing_only, resolution = of_lists
    distribution, layer, from_layer, provided, source, bytecode = others
    add = artifact("src.functions.add/fn.zip").metadata
    deps = artifact("src.functions/deps.zip").metadata
    greeter = artifact("src.greeter/fn.zip").metadata
    runtime_sdk = artifact("src.cloudtrail/runtime_sdk.zip").metadata

    assert names(keys, "function") == set(add)
    assert names(keys, "layer") == set(deps)
    assert names(distribution) == set(deps["distributions"][0])
    assert names(layer) == {*add["layers"][0], "arn"}
    assert names(from_layer) == set(add["from_layers"][0])
    assert names(provided) == set(runtime_sdk["provided"][0])
    assert names(source) == set(add["sources"][0])
    assert names(bytecode) == set(add["bytecode"])
    assert names(excluded) == keys_of_each("excluded")
    assert names(typing_only) == set(add["typing_only"])
    assert names(resolution) == set(greeter["resolutions"][0])


def test_map_of_the_backend_lists_every_folder() -> None:
    """The order is that of the data flow, which `architecture_test.py` enforces."""
    ordered, apart = tables(MAP, "Folders")
    [order] = [
        ast.literal_eval(value)
        for name, value in assignments(ast.parse(ARCHITECTURE.read_text(encoding="utf-8")).body)
        if name == "_ORDER"
    ]
    shown = [name for row in ordered for name in quoted(row[0])]
    others = [name for row in apart for name in quoted(row[0])]

    assert [name.rstrip("/").removesuffix(".py") for name in shown] == list(order)
    assert {path.parent.name for path in BACKEND.glob("*/__init__.py")} | {"sandbox"} == {
        name.rstrip("/") for name in (*shown, *others) if name.endswith("/")
    } - {"aws_lambda_emulator", "aws_lambda_publisher"}


def names(rows: list[list[str]], kind: str = "") -> set[str]:
    """The keys that a table describes, for one kind of artifact."""
    return {name for row in rows if not kind or row[1] in (kind, "both") for name in quoted(row[0])}


def keys_of_each(key: str) -> set[str]:
    """The keys of the objects in a list of the metadata, read from the code that writes them."""
    tree = ast.parse((BACKEND / "artifact/output/manifest.py").read_text(encoding="utf-8"))
    return {
        ast.literal_eval(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for name, value in zip(node.keys, node.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == key
        if isinstance(value, ast.ListComp) and isinstance(value.elt, ast.Dict)
        for inner in value.elt.keys
        if inner is not None
    }


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
