from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from aws_lambda.tailor.proposed_targets import (
    HandlerFile,
    NamedHandler,
    ProposedData,
    ProposedFunction,
    is_in_folders,
    may_have_handler,
    parse_named_handler,
    propose_data,
    propose_functions,
    resolve_of_owners,
)


def addresses(
    *files: HandlerFile,
    named: Collection[NamedHandler] = (),
    taken: Mapping[str, Collection[str]] | None = None,
) -> dict[str, str]:
    """Return the handler of each proposed target by its address."""
    proposed = propose_functions(files, named, taken or {})
    return {f"{each.folder}:{each.name}": each.handler for each in proposed}


def file(path: str, *functions: str, source_root: str = "src") -> HandlerFile:
    return HandlerFile(path, source_root, functions or ("handler",))


def named(value: str, folder: str) -> NamedHandler:
    parsed = parse_named_handler(value, folder)
    assert parsed is not None
    return parsed


def test_only_handler_of_a_folder_is_fn() -> None:
    """Most folders with functions have one, and its address then ends in `:fn`."""
    assert addresses(file("src/a/app.py"), file("src/b/main.py", "lambda_handler")) == {
        "src/a:fn": "app.py:handler",
        "src/b:fn": "main.py:lambda_handler",
    }


def test_several_handlers_have_the_names_of_their_files() -> None:
    """Handlers that have targets count, so that names do not depend on the order of proposals."""
    files = [file("src/a/create.py"), file("src/a/delete.py"), file("src/a/__init__.py")]

    assert addresses(*files, named=[named("delete.py:handler", "src/a")]) == {
        "src/a:create": "create.py:handler",
        "src/a:init_handler": "__init__.py:handler",
    }


def test_several_handlers_of_a_file_have_their_own_names() -> None:
    """The name of the file does not tell them apart."""
    assert addresses(file("src/a/api.py", "create", "delete"), file("src/a/jobs.py")) == {
        "src/a:create": "api.py:create",
        "src/a:delete": "api.py:delete",
        "src/a:jobs": "jobs.py:handler",
    }


def test_names_in_use_are_not_proposed() -> None:
    """`python_sources()` without a name is called like its folder."""
    files = [file("src/a/a.py"), file("src/a/b.py", "create", "delete"), file("src/c/app.py")]

    assert addresses(*files, taken={"src/a": ["create", "b_create"], "src/c": ["fn"]}) == {
        "src/a:a_handler": "a.py:handler",
        "src/a:b_create2": "b.py:create",
        "src/a:delete": "b.py:delete",
        "src/c:app": "app.py:handler",
    }


@pytest.mark.parametrize(
    ("value", "folder"),
    [
        ("app.py:handler", "src/a"),
        ("a/app.handler", "src"),
        ("src/a/app.py:handler", ""),
        ("a.app:handler", "tests/artifacts"),
        ("a.app.handler", "src/b"),
    ],
)
def test_handler_with_a_target_gets_no_other(value: str, folder: str) -> None:
    """Whatever the form of the field, and wherever the BUILD file is."""
    assert addresses(file("src/a/app.py"), named=[named(value, folder)]) == {}


@pytest.mark.parametrize(
    "value", ["app.py:main", "a.app:main", "other.py:handler", "app:handler", "b.app:handler"]
)
def test_other_handlers_get_a_target(value: str) -> None:
    """A target for another file, function or module is no target for this handler."""
    assert addresses(file("src/a/app.py"), named=[named(value, "src/a")]) != {}


def test_modules_begin_below_the_source_root() -> None:
    """A package is its `__init__.py`, and the root folder of the repository may be a root."""
    assert file("src/a/__init__.py").module == "a"
    assert file("a/app.py", source_root="").module == "a.app"


def test_module_in_the_targets_own_root_is_meant() -> None:
    """Rules replace the module by its file if the source root of the target contains it."""
    ours = NamedHandler("services/a", "services/a/app.py", "app", "handler")

    assert addresses(
        file("services/a/app.py", source_root="services/a"),
        file("services/b/app.py", source_root="services/b"),
        named=[ours],
    ) == {"services/b:fn": "app.py:handler"}


def test_function_has_the_resolve_of_its_handler() -> None:
    """Unless that is the default. A file in several resolves gets the first of them."""
    (proposed,) = propose_functions([HandlerFile("src/a/a.py", "src", ("f",), "old")], [], {})

    assert proposed.resolve == "old"
    assert resolve_of_owners(["new", "old"], "default") == "new"
    assert resolve_of_owners(["default", "old"], "default") == ""
    assert resolve_of_owners([], "default") == ""


@pytest.mark.parametrize("value", [None, 3, "", "app", "a b.py:handler"])
def test_unreadable_handlers_are_skipped(value: object) -> None:
    """Another error reports an invalid field of ours, and targets of plugins may mean anything."""
    assert parse_named_handler(value, "src") is None


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("src/app.py", b"def handler(event, context): ...", True),
        ("src/app.py", b"handler = Mangum(app)", True),
        ("src/app.py", b"def handler(event, _): ...", True),
        ("src/app.py", b"def handler(_, context): ...", True),
        ("src/app.py", b"def handler(\n    event: dict,\n    context: object,\n): ...", True),
        ("src/app.py", b"handler = lambda event, context: event", True),
        ("src/app.py", b"def handler(a: SQSEvent, b: LambdaContext): ...", True),
        ("src/app.py", b"import contextlib", False),
        ("src/app.py", b"def run(context): ...", False),
        ("src/app_test.py", b"def handler(event, context): ...", False),
        ("src/test_app.py", b"def handler(event, context): ...", False),
        ("src/conftest.py", b"def handler(event, context): ...", False),
        ("src/tests/fakes.py", b"def handler(event, context): ...", False),
    ],
)
def test_few_files_are_parsed(path: str, content: bytes, expected: bool) -> None:
    """Files of tests and files without the words of handlers are not."""
    assert may_have_handler(path, content) is expected


def test_folders_of_plugins_contain_their_files() -> None:
    """A folder outside the repository contains none, nor does a folder whose name begins alike."""
    folders = ["pants-plugins", "../elsewhere"]

    assert is_in_folders("pants-plugins/a/b.py", folders)
    assert not is_in_folders("pants-plugins2/b.py", folders)


def test_data_files_become_one_target_for_each_folder() -> None:
    """Its name is free in the folder."""
    functions = [ProposedFunction("src/a", "data", "data.py:handler")]

    assert propose_data(
        ["src/a/rates.csv", "src/a/a.json", "src/a/README.md", "src/b/b.json", "src/c/BUILD"],
        functions,
        {"src/b": ["b", "data"]},
    ) == {
        "src/a": ProposedData("src/a", "data2", ("a.json", "rates.csv")),
        "src/b": ProposedData("src/b", "data2", ("b.json",)),
    }
