import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifacts.mounted import artifact
from docs.documents import quoted, tables

BACKEND = Path("pants-plugins/aws_lambda")
README = Path("README.md")
METADATA = Path("docs/reference/metadata.md")
ROOMS = Path("pants-plugins/README.md")
ARCHITECTURE = BACKEND / "architecture_test.py"

# Fields whose name is Pants' own.
INHERITED = {
    "COMMON_TARGET_FIELDS": ("description", "tags"),
    "LambdaEnvironmentField": ("environment",),
    "LambdaDependenciesField": ("dependencies",),
    "LambdaOutputPathField": ("output_path",),
    "PythonResolveField": ("resolve",),
}


@pytest.mark.parametrize("kind", ["function", "layer"])
def test_the_readme_lists_every_field(kind: str) -> None:
    """Names and defaults are those of the target type; "both" stands for either kind."""
    (rows,) = tables(README, "Fields")
    listed = {
        name: default
        for names, of, default, _ in rows
        if of in (kind, "both")
        for name in quoted(names)
    }

    assert listed == dict(fields(f"Lambda{kind.capitalize()}Target"))


def test_the_readme_lists_every_option() -> None:
    """Those of `[aws-lambda]`, in their order."""
    (rows,) = tables(README, "Options")
    subsystem = classes(BACKEND / "subsystem.py")["LambdaSubsystem"]
    options = [name for name, value in assignments(subsystem.body) if isinstance(value, ast.Call)]

    assert [name for row in rows for name in quoted(row[0])] == options


def test_the_readme_lists_every_error() -> None:
    """Each class of faults that the backend raises, once."""
    (rows,) = tables(README, "What is found before the upload")

    assert sorted(name for row in rows for name in quoted(row[1])) == sorted(raised_faults())


def test_every_key_of_the_metadata_is_described() -> None:
    """Of the document, and of what its lists hold."""
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


def test_the_map_of_the_backend_shows_every_folder_in_order() -> None:
    """A newcomer reads in the order of the data flow, which `architecture_test.py` enforces."""
    ordered, apart = tables(ROOMS, "Folders")
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
    } - {"aws_lambda_emulator"}


def names(rows: list[list[str]], kind: str = "") -> set[str]:
    """The keys that a table describes, for one kind of artifact."""
    return {name for row in rows if not kind or row[1] in (kind, "both") for name in quoted(row[0])}


def keys_of_each(key: str) -> set[str]:
    """What the objects of a list in the metadata hold, where no example has any."""
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


def classes(path: Path) -> dict[str, ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def fields(target_type: str) -> Iterator[tuple[str, str]]:
    """The fields of a target type, each with its default as the README writes it."""
    path = BACKEND / "target_types.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tuples = {name: value for name, value in assignments(tree.body) if isinstance(value, ast.Tuple)}
    types = classes(path)
    core = dict(assignments(types[target_type].body))["core_fields"]
    assert isinstance(core, ast.Tuple)
    for name in flattened(core, tuples):
        if name in INHERITED:
            yield from ((alias, "") for alias in INHERITED[name])
            continue
        attributes = dict(assignments(types[name].body))
        alias = ast.literal_eval(attributes["alias"])
        yield alias, "required" if "required" in attributes else written(attributes.get("default"))


def flattened(values: ast.Tuple, tuples: dict[str, ast.Tuple]) -> Iterator[str]:
    for each in values.elts:
        name = each.value if isinstance(each, ast.Starred) else each
        assert isinstance(name, ast.Name)
        if name.id in tuples:
            yield from flattened(tuples[name.id], tuples)
        else:
            yield name.id


def written(default: ast.expr | None) -> str:
    """A default as a BUILD author writes it, as code; nothing where there is none."""
    if default is None:
        return ""
    if isinstance(default, ast.Call):
        return "`{}`"
    value = ast.literal_eval(default)
    if value is None:
        return ""
    if isinstance(value, str):
        return f'`"{value}"`'
    return "`[]`" if value == () else f"`{value}`"


def raised_faults() -> set[str]:
    """The errors that some module of the backend raises, each in a family of `LambdaError`."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in BACKEND.rglob("*.py")
        if not path.name.endswith("_test.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    families = subclasses(nodes, {"LambdaError"})
    faults = subclasses(nodes, families)
    made = {
        node.func.id
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return faults & made


def subclasses(nodes: list[ast.AST], bases: set[str]) -> set[str]:
    """The classes that derive directly from one of the bases."""
    return {
        node.name
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id in bases
    }
