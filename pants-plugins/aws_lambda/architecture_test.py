"""Rules about the structure of the backend, checked in the syntax trees of its files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from aws_lambda_emulator import command
from aws_lambda_publisher import protocol

# The import of `register` is a dependency on every module of the backend. Without it, the sandbox of
# this test would not contain them.
from aws_lambda import pants_api, register
from aws_lambda.artifact.standard_library import PUBLIC_STANDARD_MODULES
from aws_lambda.processes import tool_program
from aws_lambda.processes.sandbox_program import MODULES_OF_PROGRAMS

_BACKEND = Path(register.__file__).parent
_EMULATOR = Path(command.__file__).parent
_PUBLISHER = Path(protocol.__file__).parent

# Names that do not tell the subject of a file.
_VAGUE_NAMES = {"base", "common", "helper", "helpers", "misc", "types", "util", "utils"}

# The folders and modules of the backend, in the order of the data flow. Each imports only from
# those before it.
_ORDER = (
    "artifact",
    "pants_api",
    "subsystem",
    "target_types",
    "processes",
    "third_party",
    "inputs",
    "tailor",
    "contents",
    "bytecode",
    "verify",
    "output",
    "package",
    "publish",
    "templates",
    "local",
    "migrate",
    "report",
    "lambda_explain",
    "register",
)

# The order within `artifact/`.
_ORDER_OF_ARTIFACT = (
    "address_globs",
    "aws_names",
    "commands",
    "errors",
    "options",
    "paths",
    "standard_library",
    "contents",
    "split",
    "globs",
    "same_objects",
    "findings",
    "explanations",
    "symlinks",
    "exclusions",
    "handler_fields",
    "handler_lookup",
    "platforms",
    "wheels",
    "collisions",
    "imports",
    "layers",
    "output",
    "checks",
    "report",
)

# The modules that implement the names in `pants_api` for a version of Pants.
_PRIVATE_IN_PANTS_API = {"by_get", "by_name", "versions"}
# The modules of `pants_api` that the backend imports by their own names. They are workarounds.
_MODULES_OF_PANTS_API = (
    "aws_lambda.pants_api.collection_hashes",
    "aws_lambda.pants_api.command_name",
    "aws_lambda.pants_api.daemon_memory",
    "aws_lambda.pants_api.rule_wrapping",
)

# Third-party modules, and modules outside the package, that these modules of the emulator import.
_LIBRARIES_OF_EMULATOR = {
    "bootstrap": {"awslambdaric", "fallback_client", "import_diagnosis", "import_timing"},
    "pytest_plugin": {"pytest"},
}

# The only modules of the emulator and of the publisher that the backend imports, and the folders
# of the backend that do.
_SHARED_BY_EMULATOR = "aws_lambda_emulator.protocol."
_SHARED_BY_PUBLISHER = "aws_lambda_publisher.protocol."
_IMPORTER_OF_PUBLISHER = "publish"

# Third-party modules that the publisher imports.
_LIBRARIES_OF_PUBLISHER = {"boto3", "botocore"}
# Its modules that compute values from values.
_PURE_IN_PUBLISHER = {
    "create_command",
    "errors",
    "layer_choice",
    "message_text",
    "plan",
    "protocol",
    "redaction",
    "state",
    "update_order",
}

# The libraries that programs import, and that `tool_program.py` installs.
_LIBRARIES = {
    "sandbox.edit_toml": {"tomlkit"},
    "sandbox.read_elf": {"elftools"},
    "sandbox.edit_template": {"ruamel"},
    "sandbox.read_template": {"ruamel"},
    "sandbox.read_toml": {"tomli"},
    "sandbox.write_sbom": {"cyclonedx", "packageurl"},
}

_FLAGS_OF_PEX = {
    "--complete-platform",
    "--intransitive",
    "--interpreter-constraint",
    "--lock",
    "--only-build",
    "--only-wheel",
    "--pex-path",
    "--pip-version",
    "--platform",
    "--python-path",
    "--requirements-pex",
    "--use-pip-config",
    "-d",
}


def _is_program(path: Path) -> bool:
    """Whether a file belongs to the backend itself, and not to its tests."""
    tests = path.parent.name == "testing" or path.stem.endswith("_test") or path.stem == "conftest"
    return not tests and path.stem != "__init__"


@cache
def trees() -> Mapping[str, ast.Module]:
    """The backend's modules by dotted name below `aws_lambda`, such as `artifact.wheels.wheel`."""
    return {
        ".".join(path.relative_to(_BACKEND).with_suffix("").parts): ast.parse(path.read_bytes())
        for path in sorted(_BACKEND.rglob("*.py"))
        if _is_program(path)
    }


@cache
def emulator() -> Mapping[str, ast.Module]:
    """The emulator's modules by name."""
    return {path.stem: ast.parse(path.read_bytes()) for path in sorted(_EMULATOR.glob("*.py"))}


@cache
def publisher() -> Mapping[str, ast.Module]:
    """The publisher's modules by name."""
    return {path.stem: ast.parse(path.read_bytes()) for path in sorted(_PUBLISHER.glob("*.py"))}


def imports_in(tree: ast.Module) -> set[str]:
    """The names that a module imports anywhere: modules, and `module.name` for `from` imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"relative import of {node.module}"
            found.add(str(node.module))
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def imported_by(name: str) -> set[str]:
    return imports_in(trees()[name])


def own_imports(name: str) -> set[str]:
    """The backend's modules that a module imports, by dotted name below `aws_lambda`."""
    below = {
        each[len("aws_lambda.") :] for each in imported_by(name) if each.startswith("aws_lambda.")
    }
    return below & set(trees())


def top_folder(name: str) -> str:
    """The first part of a module's name: its folder in `aws_lambda`, or a module there."""
    return name.partition(".")[0]


def texts(name: str) -> Iterator[str]:
    """The string constants of a module, without docstrings."""
    tree = trees()[name]
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for constant in constants:
        if isinstance(constant.value, str) and id(constant) not in docstrings:
            yield constant.value


def test_every_folder_is_checked() -> None:
    """The tests in this file read all folders of the backend, and the emulator."""
    assert {top_folder(name) for name in trees()} == {*_ORDER, "sandbox"}
    assert {name.split(".")[1] for name in trees() if top_folder(name) == "artifact"} == {
        *_ORDER_OF_ARTIFACT
    }
    assert {"sandbox.assemble", "sandbox.read_wheel", "sandbox.read_module"} <= set(trees())
    assert {"function", "launch", "pytest_plugin"} <= set(emulator())
    assert set(publisher()) >= _PURE_IN_PUBLISHER


def test_folders_import_earlier_folders() -> None:
    """A folder imports only from folders before it in `_ORDER`, as data flows."""
    upwards = {
        (name, imported)
        for name in trees()
        if top_folder(name) != "sandbox"
        for imported in own_imports(name)
        if _ORDER.index(top_folder(imported)) > _ORDER.index(top_folder(name))
    }
    within = {
        (name, imported)
        for name in trees()
        if top_folder(name) == "artifact"
        for imported in own_imports(name)
        if _ORDER_OF_ARTIFACT.index(imported.split(".")[1])
        > _ORDER_OF_ARTIFACT.index(name.split(".")[1])
    }

    assert (upwards, within) == (set(), set())


def test_artifact_does_not_import_pants() -> None:
    """`artifact/` imports the standard library, `packaging` and itself."""
    foreign = {
        (name, imported)
        for name in trees()
        if top_folder(name) == "artifact"
        for imported in imported_by(name)
        if not imported.startswith("aws_lambda.artifact")
        and imported.partition(".")[0] not in {*PUBLIC_STANDARD_MODULES, "packaging"}
    }

    assert foreign == set()


def test_artifact_does_no_input_or_output() -> None:
    """`artifact/` neither opens files nor starts processes. It computes values from values."""
    modules = {"io.open", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile"}
    imported = {
        (name, module)
        for name in trees()
        if top_folder(name) == "artifact"
        for module in imported_by(name) & modules
    }
    called = {
        (name, node.func.id)
        for name in trees()
        if top_folder(name) == "artifact"
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input", "exec", "eval", "__import__"}
    }

    assert (imported, called) == (set(), set())


def test_backend_imports_no_sandbox_program() -> None:
    """Programs run in processes, on other Pythons. Rules copy them into sandboxes as files."""
    importers = {
        (name, imported)
        for name in trees()
        if top_folder(name) != "sandbox"
        for imported in imported_by(name)
        if imported.startswith("aws_lambda.sandbox.") or imported == "aws_lambda.sandbox"
    }

    assert importers == set()


def test_imports_of_sandbox_programs() -> None:
    """Programs import the standard library, the library installed for them, and their modules."""
    foreign = {
        (name, top)
        for name in trees()
        if top_folder(name) == "sandbox"
        for top in {imported.partition(".")[0] for imported in imported_by(name)}
        if top
        not in {
            "aws_lambda",
            *PUBLIC_STANDARD_MODULES,
            *sys.builtin_module_names,
            *_LIBRARIES.get(name, ()),
        }
    }

    assert foreign == set()
    assert {f"sandbox.{program[:-3]}" for program in tool_program.LIBRARIES} == set(_LIBRARIES)


def test_sandboxes_get_the_modules_of_programs() -> None:
    """`MODULES_OF_PROGRAMS` lists exactly the modules that a program imports, also indirectly."""
    imported = {
        f"{program.partition('.')[2]}.py": {
            f"{name.partition('.')[2].replace('.', '/')}.py" for name in _reached(program)
        }
        for program in _programs()
    }

    assert {program: modules for program, modules in imported.items() if modules} == {
        program: set(modules) for program, modules in MODULES_OF_PROGRAMS.items()
    }
    assert {name for program in _programs() for name in _reached(program)} | _programs() == {
        name for name in trees() if top_folder(name) == "sandbox"
    }


def _programs() -> set[str]:
    """The files directly in `sandbox/`. Files in its subfolders are modules of programs."""
    return {name for name in trees() if top_folder(name) == "sandbox" and name.count(".") == 1}


def _reached(program: str) -> set[str]:
    """The backend's modules that a program imports, directly or through others."""
    found: set[str] = set()
    waiting = [program]
    while waiting:
        new = own_imports(waiting.pop()) - found
        found |= new
        waiting.extend(new)
    return found


def test_imports_of_the_emulator() -> None:
    """The emulator imports the standard library and itself, because it runs without Pants.

    Of its modules, the backend imports only `protocol.py`, and only in `local/`.
    """
    foreign = {
        (name, imported)
        for name, tree in emulator().items()
        for imported in imports_in(tree)
        if not imported.startswith("aws_lambda_emulator")
        and imported.partition(".")[0]
        not in {*PUBLIC_STANDARD_MODULES, *_LIBRARIES_OF_EMULATOR.get(name, ())}
    }
    importers = {
        (name, imported)
        for name in trees()
        for imported in imported_by(name)
        if imported.startswith("aws_lambda_emulator")
        and not (top_folder(name) == "local" and f"{imported}.".startswith(_SHARED_BY_EMULATOR))
    }

    assert (foreign, importers) == (set(), set())


def test_imports_of_the_publisher() -> None:
    """The publisher imports the standard library, boto3 and itself, because it runs without Pants.

    Its planning modules do not import boto3, files or processes. Of its modules, the backend
    imports only `protocol.py`, and only in `publish/`.
    """
    foreign = {
        (name, imported)
        for name, tree in publisher().items()
        for imported in imports_in(tree)
        if not imported.startswith("aws_lambda_publisher")
        and imported.partition(".")[0] not in {*PUBLIC_STANDARD_MODULES, *_LIBRARIES_OF_PUBLISHER}
    }
    impure = {
        (name, imported)
        for name in _PURE_IN_PUBLISHER
        for imported in imports_in(publisher()[name])
        if imported.partition(".")[0]
        in {*_LIBRARIES_OF_PUBLISHER, "io", "os", "pathlib", "subprocess", "time", "urllib"}
        or imported.startswith("aws_lambda_publisher.")
        and imported.split(".")[1] not in {*_PURE_IN_PUBLISHER, "request"}
    }
    importers = {
        (name, imported)
        for name in trees()
        for imported in imported_by(name)
        if imported.startswith("aws_lambda_publisher")
        and not (
            top_folder(name) == _IMPORTER_OF_PUBLISHER
            and f"{imported}.".startswith(_SHARED_BY_PUBLISHER)
        )
    }

    assert (foreign, impure, importers) == (set(), set(), set())


def test_rules_run_every_sandbox_program() -> None:
    """Rules name exactly the programs in `sandbox/`. An unknown name would fail at run time."""
    run = {
        node.value.value
        for name in trees()
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.keyword)
        and node.arg == "program"
        and isinstance(node.value, ast.Constant)
    }

    assert run == {f"{program.partition('.')[2]}.py" for program in _programs()}


def test_one_module_contains_flags_of_pex() -> None:
    """Only `third_party/wheels.py` changes for a new version of PEX."""
    modules = {
        name for name in trees() for text in texts(name) if text.partition("=")[0] in _FLAGS_OF_PEX
    }

    assert modules == {"third_party.wheels"}


def _called(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The calls of functions by a plain name in a node, each with the name."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
            yield each.func.id, each


def _is_rule(node: ast.AST) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.AsyncFunctionDef) else []
    return any(ast.unparse(each).startswith(("rule", "goal_rule")) for each in decorators)


def _rules() -> set[str]:
    return {
        node.name
        for tree in trees().values()
        for node in tree.body
        if isinstance(node, ast.AsyncFunctionDef) and _is_rule(node)
    }


def test_only_pants_api_depends_on_the_version() -> None:
    """Outside `pants_api/`, no module imports Pants' rule API or calls `Get`."""
    modules = {
        name
        for name in trees()
        if top_folder(name) != "pants_api"
        and (
            any(
                each.startswith(("pants.engine.rules", "pants.version"))
                or each in {f"aws_lambda.pants_api.{private}" for private in _PRIVATE_IN_PANTS_API}
                for each in imported_by(name)
            )
            or {"Get", "MultiGet", "Effect"} & {called for called, _ in _called(trees()[name])}
        )
    }

    assert modules == set()


def _names_of_pants() -> set[str]:
    """The names that `pants_api` exports on Pants 2.28 or newer, read from the source."""
    [names] = [
        node.value
        for node in trees()["pants_api.by_name"].body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return set(ast.literal_eval(names))


def test_pants_api_has_the_same_names_on_every_version() -> None:
    """The backend uses every name in `pants_api`, and each exists before and since Pants 2.28."""
    used = {
        each[len("aws_lambda.pants_api.") :]
        for name in trees()
        if top_folder(name) != "pants_api"
        for each in imported_by(name)
        if each.startswith("aws_lambda.pants_api.") and not each.startswith(_MODULES_OF_PANTS_API)
    }
    in_tests = {"QueryRule"}

    assert used | in_tests | {"rules"} == _names_of_pants()
    assert [each for each in sorted(_names_of_pants()) if not hasattr(pants_api, each)] == []


def test_rules_are_below_the_rules_that_they_call() -> None:
    """Pants 2.17 to 2.29 reads a rule and its helpers when it defines the rule."""
    above = set()
    for name, tree in trees().items():
        functions = {
            each.name: each for each in tree.body if isinstance(each, ast.AsyncFunctionDef)
        }
        for function in filter(_is_rule, functions.values()):
            waiting, seen = [function], {function.name}
            while waiting:
                for called, _ in _called(waiting.pop()):
                    if called in functions and called not in seen:
                        seen.add(called)
                        if not _is_rule(functions[called]):
                            waiting.append(functions[called])
                        if functions[called].lineno > function.lineno:
                            above.add((name, function.name, called))

    assert above == set()


def test_rules_are_called_by_position() -> None:
    """Pants 2.28 and newer accept no keyword arguments except `**implicitly(…)`."""
    names = _rules()
    with_keywords = {
        (name, ast.unparse(call))
        for name, tree in trees().items()
        if top_folder(name) != "pants_api"
        for called, call in _called(tree)
        if called in names
        and any(
            each.arg is not None or not ast.unparse(each.value).startswith("implicitly(")
            for each in call.keywords
        )
    }

    assert with_keywords == set()


def test_arguments_of_concurrently() -> None:
    """`concurrently` of Pants 2.19 to 2.31 takes up to ten calls, or one iterable of calls."""
    splatted = {
        (name, ast.unparse(call))
        for name, tree in trees().items()
        for called, call in _called(tree)
        if called == "concurrently"
        and (len(call.args) > 10 or any(isinstance(each, ast.Starred) for each in call.args))
    }

    assert splatted == set()


def test_register_only_registers() -> None:
    """`register.py` lists modules, and has two functions with one statement each."""
    body = trees()["register"].body[1:]
    functions = [
        node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign))
    ]

    assert [node.name for node in functions if isinstance(node, ast.FunctionDef)] == [
        "rules",
        "target_types",
    ]
    assert len(functions) == 2
    for function in functions:
        assert isinstance(function, ast.FunctionDef)
        assert [type(statement) for statement in function.body] == [ast.Return]


def test_every_module_with_rules_is_registered() -> None:
    """Pants knows a rule only if `register.py` lists its module."""
    with_rules = {
        name
        for name in trees()
        if name not in ("register", "pants_api.by_get", "pants_api.by_name")
        and any(
            isinstance(node, ast.FunctionDef) and node.name == "rules"
            for node in trees()[name].body
        )
    }
    registered = {module.__name__[len("aws_lambda.") :] for module in register.WITH_RULES}

    assert registered == with_rules | {"pants_api"}


def test_names_of_files_tell_their_subject() -> None:
    """No module or folder has a name such as `utils`, which fits any content."""
    vague = {(name, part) for name in trees() for part in name.split(".") if part in _VAGUE_NAMES}

    assert vague == set()


@pytest.mark.parametrize("package", ["backend", "emulator", "publisher"])
def test_modules_do_not_import_each_other_in_a_cycle(package: str) -> None:
    """The backend, the emulator and the publisher have no import cycle."""
    if package == "backend":
        left = {name: own_imports(name) - {name} for name in trees()}
    else:
        modules = emulator() if package == "emulator" else publisher()
        left = {
            name: {
                each.partition(".")[2]
                for each in imports_in(tree)
                if each.startswith(f"aws_lambda_{package}.")
            }
            & set(modules)
            for name, tree in modules.items()
        }
    while left:
        free = {name for name, needs in left.items() if not needs & set(left)}
        assert free, f"a cycle among {sorted(left)}"
        left = {name: needs for name, needs in left.items() if name not in free}


def test_every_module_has_a_docstring() -> None:
    """The first paragraph of the docstring says why the module exists, in at most three lines."""
    paragraphs = {
        name: (ast.get_docstring(tree) or "").partition("\n\n")[0].count("\n") + 1
        for name, tree in trees().items()
        if ast.get_docstring(tree)
    }

    assert set(trees()) - set(paragraphs) == set()
    assert {name for name, lines in paragraphs.items() if lines > 3} == set()


def test_asserts_only_narrow_types() -> None:
    """A mistake of a user is an error with a message. `assert` only tells mypy a type."""
    others = {
        (name, ast.unparse(node.test))
        for name in trees()
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.Assert) and not _narrows(node.test)
    }

    assert others == set()


def test_classes_of_raised_errors() -> None:
    """Pants prints the class of an error, so the class names the problem."""
    unspecific = {
        (name, ast.unparse(node))
        for name in trees()
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.Raise)
        and node.exc is not None
        and ast.unparse(node.exc).partition("(")[0]
        in {"AssertionError", "Exception", "RuntimeError"}
    }

    assert unspecific == set()


def _narrows(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.IsNot) and ast.unparse(test.comparators[0]) == "None"
    return ast.unparse(test).startswith("isinstance(")
