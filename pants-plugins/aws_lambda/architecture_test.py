"""The house's laws, kept by a walk over the syntax trees of the backend's files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from aws_lambda_emulator import command

# Importing the door brings every module of the backend, which a sandboxed test would miss else.
from aws_lambda import pants_api, register
from aws_lambda.artifact.standard_library import PUBLIC_STANDARD_MODULES
from aws_lambda.processes import tool_program
from aws_lambda.processes.sandbox_program import MODULES_OF_PROGRAMS

_BACKEND = Path(register.__file__).parent
_EMULATOR = Path(command.__file__).parent

# A file is named for what it is about, not for what it is made of.
_DRAWERS = {"base", "common", "helper", "helpers", "misc", "types", "util", "utils"}

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
    "contents",
    "bytecode",
    "verify",
    "output",
    "package",
    "templates",
    "local",
    "migrate",
    "lambda_explain",
    "register",
)

# The same within `artifact/`.
_ORDER_OF_ARTIFACT = (
    "address_globs",
    "commands",
    "errors",
    "options",
    "paths",
    "standard_library",
    "contents",
    "split",
    "globs",
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
)

# How a version of Pants does what `pants_api` exports.
_WITHIN_PANTS_API = {"by_get", "by_name", "versions"}
# What it works around on its own.
_MODULES_OF_PANTS_API = (
    "aws_lambda.pants_api.collection_hashes",
    "aws_lambda.pants_api.command_name",
    "aws_lambda.pants_api.daemon_memory",
    "aws_lambda.pants_api.rule_wrapping",
)

# What is there besides where these modules run.
_BESIDE = {
    "bootstrap": {"awslambdaric", "fallback_client", "import_diagnosis"},
    "pytest_plugin": {"pytest"},
}

# The emulator's only module that the backend imports.
_SHARED_BY_THE_EMULATOR = "aws_lambda_emulator.protocol."

# What the programs import that `tools` installs libraries for.
_LIBRARIES = {
    "sandbox.read_elf": {"elftools"},
    "sandbox.read_template": {"ruamel"},
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


def imports_in(tree: ast.Module) -> set[str]:
    """The modules that a module imports, anywhere in it, with those that it imports names from."""
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


def room(name: str) -> str:
    """The folder of a module at the top, or the module itself."""
    return name.partition(".")[0]


def texts(name: str) -> Iterator[str]:
    """The string constants of a module, docstrings aside."""
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


def test_the_whole_backend_is_here() -> None:
    """A law that sees no files is kept by none."""
    assert {room(name) for name in trees()} == {*_ORDER, "sandbox"}
    assert {name.split(".")[1] for name in trees() if room(name) == "artifact"} == {
        *_ORDER_OF_ARTIFACT
    }
    assert {"sandbox.assemble", "sandbox.read_wheel", "sandbox.read_module"} <= set(trees())
    assert {"function", "launch", "pytest_plugin"} <= set(emulator())


def test_a_folder_imports_only_from_folders_before_it() -> None:
    """Data flows one way, so a stage can be read without those after it."""
    upwards = {
        (name, imported)
        for name in trees()
        if room(name) != "sandbox"
        for imported in own_imports(name)
        if _ORDER.index(room(imported)) > _ORDER.index(room(name))
    }
    within = {
        (name, imported)
        for name in trees()
        if room(name) == "artifact"
        for imported in own_imports(name)
        if _ORDER_OF_ARTIFACT.index(imported.split(".")[1])
        > _ORDER_OF_ARTIFACT.index(name.split(".")[1])
    }

    assert (upwards, within) == (set(), set())


def test_the_core_knows_no_pants() -> None:
    """`artifact/` imports the standard library, `packaging` and itself."""
    foreign = {
        (name, imported)
        for name in trees()
        if room(name) == "artifact"
        for imported in imported_by(name)
        if not imported.startswith("aws_lambda.artifact")
        and imported.partition(".")[0] not in {*PUBLIC_STANDARD_MODULES, "packaging"}
    }

    assert foreign == set()


def test_the_core_touches_no_file() -> None:
    """`artifact/` neither opens files nor starts programs: it is given values, and gives values."""
    doors = {"io.open", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile"}
    opened = {
        (name, door)
        for name in trees()
        if room(name) == "artifact"
        for door in imported_by(name) & doors
    }
    called = {
        (name, node.func.id)
        for name in trees()
        if room(name) == "artifact"
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input", "exec", "eval", "__import__"}
    }

    assert (opened, called) == (set(), set())


def test_backend_imports_no_sandbox_program() -> None:
    """Programs run in processes, on other Pythons. Rules copy them into sandboxes as files."""
    importers = {
        (name, imported)
        for name in trees()
        if room(name) != "sandbox"
        for imported in imported_by(name)
        if imported.startswith("aws_lambda.sandbox.") or imported == "aws_lambda.sandbox"
    }

    assert importers == set()


def test_sandbox_programs_stand_alone() -> None:
    """Programs import the standard library, the library installed for them, and their modules."""
    foreign = {
        (name, top)
        for name in trees()
        if room(name) == "sandbox"
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
        name for name in trees() if room(name) == "sandbox"
    }


def _programs() -> set[str]:
    """The files directly in `sandbox/`; those in its folders are modules of programs."""
    return {name for name in trees() if room(name) == "sandbox" and name.count(".") == 1}


def _reached(program: str) -> set[str]:
    """The backend's modules that a program imports, directly or through others."""
    found: set[str] = set()
    waiting = [program]
    while waiting:
        new = own_imports(waiting.pop()) - found
        found |= new
        waiting.extend(new)
    return found


def test_the_emulator_stands_alone() -> None:
    """It runs next to functions and tests: it has the standard library, itself, and AWS's client.

    The backend imports its values in `protocol.py` only, and only `local/` does.
    """
    foreign = {
        (name, imported)
        for name, tree in emulator().items()
        for imported in imports_in(tree)
        if not imported.startswith("aws_lambda_emulator")
        and imported.partition(".")[0] not in {*PUBLIC_STANDARD_MODULES, *_BESIDE.get(name, ())}
    }
    importers = {
        (name, imported)
        for name in trees()
        for imported in imported_by(name)
        if imported.startswith("aws_lambda_emulator")
        and not (room(name) == "local" and f"{imported}.".startswith(_SHARED_BY_THE_EMULATOR))
    }

    assert (foreign, importers) == (set(), set())


def test_every_sandbox_program_is_run_by_some_rule() -> None:
    """A program that nobody names is dead, and a name without a program fails at run time."""
    run = {
        node.value.value
        for name in trees()
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.keyword)
        and node.arg == "program"
        and isinstance(node.value, ast.Constant)
    }

    assert run == {f"{program.partition('.')[2]}.py" for program in _programs()}


def test_one_module_knows_the_flags_of_pex() -> None:
    """A new PEX changes one file."""
    speakers = {
        name for name in trees() for text in texts(name) if text.partition("=")[0] in _FLAGS_OF_PEX
    }

    assert speakers == {"third_party.wheels"}


def _called(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The functions that are called by a plain name somewhere in the node."""
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


def test_one_room_knows_the_versions_of_pants() -> None:
    """Rules are called by name; how a version of Pants does that is said in `pants_api/`."""
    speakers = {
        name
        for name in trees()
        if room(name) != "pants_api"
        and (
            any(
                each.startswith(("pants.engine.rules", "pants.version"))
                or each in {f"aws_lambda.pants_api.{within}" for within in _WITHIN_PANTS_API}
                for each in imported_by(name)
            )
            or {"Get", "MultiGet", "Effect"} & {called for called, _ in _called(trees()[name])}
        )
    }

    assert speakers == set()


def _names_of_pants() -> set[str]:
    """What `pants_api` exports on Pants since 2.28, which this Python cannot import."""
    [names] = [
        node.value
        for node in trees()["pants_api.by_name"].body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return set(ast.literal_eval(names))


def test_each_name_of_pants_is_there_on_every_version_and_used() -> None:
    """What the backend imports is what there is on Pants since 2.28, and on Pants before it."""
    used = {
        each[len("aws_lambda.pants_api.") :]
        for name in trees()
        if room(name) != "pants_api"
        for each in imported_by(name)
        if each.startswith("aws_lambda.pants_api.") and not each.startswith(_MODULES_OF_PANTS_API)
    }
    in_tests = {"QueryRule"}

    assert used | in_tests | {"rules"} == _names_of_pants()
    assert [each for each in sorted(_names_of_pants()) if not hasattr(pants_api, each)] == []


def test_a_rule_stands_below_all_that_it_calls() -> None:
    """Pants 2.17 to 2.29 reads a rule as soon as it is defined, with the helpers that it calls."""
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
    """Pants since 2.28 takes no keyword but `**implicitly(…)`."""
    names = _rules()
    with_keywords = {
        (name, ast.unparse(call))
        for name, tree in trees().items()
        if room(name) != "pants_api"
        for called, call in _called(tree)
        if called in names
        and any(
            each.arg is not None or not ast.unparse(each.value).startswith("implicitly(")
            for each in call.keywords
        )
    }

    assert with_keywords == set()


def test_unlike_calls_are_not_splatted() -> None:
    """`concurrently` of Pants 2.19 to 2.31 takes ten arguments, or one iterable of like calls."""
    splatted = {
        (name, ast.unparse(call))
        for name, tree in trees().items()
        for called, call in _called(tree)
        if called == "concurrently"
        and (len(call.args) > 10 or any(isinstance(each, ast.Starred) for each in call.args))
    }

    assert splatted == set()


def test_the_door_only_registers() -> None:
    """`register.py` lists modules, and has two functions of one statement each."""
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
    """A rule that the door does not know is never run."""
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


def test_no_file_is_a_drawer() -> None:
    """Names like `utils` say what a file is made of, and everything fits into them."""
    steps = {(name, step) for name in trees() for step in name.split(".") if step in _DRAWERS}

    assert steps == set()


@pytest.mark.parametrize("package", ["backend", "emulator"])
def test_there_is_no_import_circle(package: str) -> None:
    """The imports of the modules can be drawn with arrows that only fall."""
    if package == "backend":
        left = {name: own_imports(name) - {name} for name in trees()}
    else:
        left = {
            name: {
                each[len("aws_lambda_emulator.") :]
                for each in imports_in(tree)
                if each.startswith("aws_lambda_emulator.")
            }
            & set(emulator())
            for name, tree in emulator().items()
        }
    while left:
        free = {name for name, needs in left.items() if not needs & set(left)}
        assert free, f"a circle through {sorted(left)}"
        left = {name: needs for name, needs in left.items() if name not in free}


def test_every_module_says_why_it_exists() -> None:
    """A docstring whose first paragraph has one to three lines."""
    paragraphs = {
        name: (ast.get_docstring(tree) or "").partition("\n\n")[0].count("\n") + 1
        for name, tree in trees().items()
        if ast.get_docstring(tree)
    }

    assert set(trees()) - set(paragraphs) == set()
    assert {name for name, lines in paragraphs.items() if lines > 3} == set()


def test_asserts_only_narrow_types() -> None:
    """A user's mistake is a fault with a message; `assert` is for what the types cannot say."""
    others = {
        (name, ast.unparse(node.test))
        for name in trees()
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.Assert) and not _narrows(node.test)
    }

    assert others == set()


def test_no_exception_is_bare() -> None:
    """Class names are printed, so each says what is wrong."""
    bare = {
        (name, ast.unparse(node))
        for name in trees()
        for node in ast.walk(trees()[name])
        if isinstance(node, ast.Raise)
        and node.exc is not None
        and ast.unparse(node.exc).partition("(")[0]
        in {"AssertionError", "Exception", "RuntimeError"}
    }

    assert bare == set()


def _narrows(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.IsNot) and ast.unparse(test.comparators[0]) == "None"
    return ast.unparse(test).startswith("isinstance(")
