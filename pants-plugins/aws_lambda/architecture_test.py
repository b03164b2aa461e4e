"""The house's laws, kept by a walk over the syntax trees of the backend's files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

# Importing the door brings every module of the backend, which a sandboxed test would miss else.
from aws_lambda import pants_api, register, tools
from aws_lambda.artifact.stdlib import STANDARD_LIBRARY

_BACKEND = Path(register.__file__).parent

# A file is named for what it is about, not for what it is made of.
_DRAWERS = {"base", "common", "helper", "helpers", "misc", "types", "util", "utils"}

# One stage each; what two of them need lies in a lower room.
_STAGES = {
    "assemble",
    "extra_files",
    "gather",
    "handler",
    "interpreters",
    "modules",
    "native",
    "outputs",
    "platforms",
    "sbom",
    "tools",
    "wheels",
}
_LOW_ROOMS = {"interpreters", "sandboxed", "subsystem", "target_types", "tools"}

# How a version of Pants does what `pants_api` exports.
_WITHIN_PANTS_API = {"around", "by_get", "by_name", "versions"}

# What is there besides where these modules run.
_BESIDE = {
    "emulator.bootstrap": {"awslambdaric", "failed_import", "stand_in"},
    "emulator.pytest_plugin": {"pytest"},
}

# What the programs import that `tools` installs libraries for.
_LIBRARIES = {"sandbox.read_elf": {"elftools"}, "sandbox.write_sbom": {"cyclonedx", "packageurl"}}

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
    return not (
        path.stem.endswith("_test") or path.stem.startswith("made_") or path.stem == "conftest"
    )


@cache
def trees() -> Mapping[str, ast.Module]:
    """The backend's modules by dotted name below `aws_lambda`, such as `artifact.wheel`."""
    paths = sorted(path for path in _BACKEND.rglob("*.py") if _is_program(path))
    return {
        ".".join(path.relative_to(_BACKEND).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in paths
    }


def imported_by(name: str) -> set[str]:
    """The modules that a module imports, anywhere in it, with those that it imports names from."""
    found: set[str] = set()
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module)
            if node.level:
                assert room(name) == "emulator", f"{name} has a relative import"
                module = f"aws_lambda.emulator.{module}"
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def own_imports(name: str) -> set[str]:
    """The backend's modules that a module imports, by dotted name below `aws_lambda`."""
    below = {
        each[len("aws_lambda.") :] for each in imported_by(name) if each.startswith("aws_lambda.")
    }
    return below & set(trees())


def room(name: str) -> str:
    """The folder of a module, or the module itself if it lies at the top."""
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
    assert {"register", "package", "sandboxed", *_STAGES} <= set(trees())
    assert {"artifact.wheel", "artifact.collisions", "artifact.manifest"} <= set(trees())
    assert {"sandbox.assemble", "sandbox.read_wheel", "sandbox.read_module"} <= set(trees())
    assert {"emulator.function", "emulator.launch", "emulator.pytest_plugin"} <= set(trees())


def test_the_core_knows_no_pants() -> None:
    """`artifact/` imports the standard library, `packaging` and itself."""
    foreign = {
        (name, imported)
        for name in trees()
        if room(name) == "artifact"
        for imported in imported_by(name)
        if not imported.startswith("aws_lambda.artifact")
        and imported.partition(".")[0] not in {*STANDARD_LIBRARY, "packaging"}
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


def test_nothing_imports_the_sandbox_programs() -> None:
    """They run in processes, by other Pythons; a rule hands them over as files."""
    importers = {
        (name, imported)
        for name in trees()
        for imported in imported_by(name)
        if imported.startswith("aws_lambda.sandbox.") or imported == "aws_lambda.sandbox"
    }

    assert importers == set()


def test_sandbox_programs_stand_alone() -> None:
    """They import the standard library, and what is installed for them: nothing else is there."""
    foreign = {
        (name, top)
        for name in trees()
        if room(name) == "sandbox"
        for top in {imported.partition(".")[0] for imported in imported_by(name)}
        if top not in {*STANDARD_LIBRARY, *sys.builtin_module_names, *_LIBRARIES.get(name, ())}
    }

    assert foreign == set()
    assert {f"sandbox.{program[:-3]}" for program in tools.LIBRARIES} == set(_LIBRARIES)


def test_the_emulator_stands_alone() -> None:
    """It runs beside functions and tests: it has the standard library, itself, and AWS's client."""
    foreign = {
        (name, imported)
        for name in trees()
        if room(name) == "emulator"
        for imported in imported_by(name)
        if not imported.startswith("aws_lambda.emulator.")
        and imported.partition(".")[0] not in {*STANDARD_LIBRARY, *_BESIDE.get(name, ())}
    }
    importers = {
        name
        for name in trees()
        if room(name) != "emulator"
        and any(each.startswith("aws_lambda.emulator") for each in imported_by(name))
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
    programs = {f"{name.partition('.')[2]}.py" for name in trees() if room(name) == "sandbox"}

    assert run == programs


@pytest.mark.parametrize("stage", sorted(_STAGES))
def test_no_stage_knows_another(stage: str) -> None:
    """Stages meet in `carry` and `package`; each can be read, and replaced, alone."""
    assert own_imports(stage) & (_STAGES - _LOW_ROOMS) - {stage} == set()


@pytest.mark.parametrize("stage", sorted(_STAGES))
def test_no_stage_knows_the_story(stage: str) -> None:
    """Arrows fall: the story calls the stages, and never the other way round."""
    assert own_imports(stage) & {
        "carry",
        "collide",
        "enter",
        "package",
        "register",
        "verify",
        "write",
    } == (set())


def test_one_module_knows_the_flags_of_pex() -> None:
    """A new PEX changes one file."""
    speakers = {
        name for name in trees() for text in texts(name) if text.partition("=")[0] in _FLAGS_OF_PEX
    }

    assert speakers == {"wheels"}


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
        if each.startswith("aws_lambda.pants_api.")
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
    """`register.py` imports, and has two functions of one statement each."""
    body = trees()["register"].body[1:]
    functions = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom))]

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
        "pants_api" if room(name) == "pants_api" else name
        for name in trees()
        if name != "register"
        and any(
            isinstance(node, ast.FunctionDef) and node.name == "rules"
            for node in trees()[name].body
        )
    }
    registered = {
        node.func.value.id
        for node in ast.walk(trees()["register"])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "rules"
        and isinstance(node.func.value, ast.Name)
    }

    assert registered == with_rules


def test_no_file_is_a_drawer() -> None:
    """Names like `utils` say what a file is made of, and everything fits into them."""
    steps = {(name, step) for name in trees() for step in name.split(".") if step in _DRAWERS}

    assert steps == set()


def test_there_is_no_import_circle() -> None:
    """What imports what can be drawn with arrows that only fall."""
    left = {name: own_imports(name) - {name} for name in trees()}
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
