"""Tests of the checks of the handler, and of its re-export."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from aws_lambda.artifact.contents import GeneratedOrigin, Owner, OwnerKind, generate_file
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.handler_fields import (
    DEFAULT_REEXPORT,
    InvalidHandler,
    Reexport,
)
from aws_lambda.artifact.handler_lookup import (
    UNKNOWN_NAMES,
    HandlerEntry,
    HandlerModuleUnreadable,
    HandlerNotDefined,
    ModuleNames,
    ReexportClash,
    find_module,
    generate_reexport,
    resolve_handler,
)
from aws_lambda.testing.files import first_party_file, third_party_file

WHERE = Where("lambda_function", "src/api:fn")


def resolve(
    handler: str,
    *bound: str,
    reexport: Reexport | None = DEFAULT_REEXPORT,
    names: ModuleNames | None = None,
    unread_reason: str = "",
) -> HandlerEntry:
    """The entry for a handler `module.function` whose module binds these names."""
    module, _, function = handler.rpartition(".")
    return resolve_handler(
        module,
        function,
        reexport,
        file=first_party_file(f"{module.replace('.', '/')}.py"),
        names=names or ModuleNames(frozenset(bound)),
        unread_reason=unread_reason,
        where=WHERE,
    )


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["acme/app.py", "app.py"], "acme/app.py"),
        (["acme/app.py", "acme/app/__init__.py"], "acme/app/__init__.py"),
        (["acme/app.cpython-313-x86_64-linux-gnu.so"], "acme/app.cpython-313-x86_64-linux-gnu.so"),
        (["acme/app.abi3.so", "acme/app.py"], "acme/app.py"),
        (["acme/app/main.py", "acme/apps.py", "acme/app.pyi"], None),
        ([], None),
    ],
)
def test_module_is_found_as_by_import(files: list[str], found: str | None) -> None:
    """A package comes before a module, and an extension module is found last."""
    file = find_module([first_party_file(path) for path in files], "acme.app")

    assert (file.path if file else None) == found


@pytest.mark.parametrize("module", ["app", "acme.orders.app", "acme.lambda_function"])
def test_reexport_is_a_generated_file(module: str) -> None:
    """The file imports the handler as a plain attribute, which wrappers can patch."""
    owner = Owner(OwnerKind.REEXPORT, "lambda_function.handler")
    content = f"from {module} import main as handler\n".encode()

    assert generate_reexport(module, "main", DEFAULT_REEXPORT) == (
        generate_file("lambda_function.py", content, owner),
    )
    assert resolve(f"{module}.main", "main") == HandlerEntry("lambda_function.handler")


def test_reexport_can_have_another_name() -> None:
    """The field names its file and its attribute."""
    entry_go = Reexport("entry", "go")
    (file,) = generate_reexport("app", "main", entry_go)

    assert (file.path, file.origin) == (
        "entry.py",
        GeneratedOrigin(b"from app import main as go\n"),
    )
    assert resolve("app.main", "main", reexport=entry_go) == HandlerEntry("entry.go")


@pytest.mark.parametrize(
    ("module", "reexport"), [("lambda_function", DEFAULT_REEXPORT), ("app", None)]
)
def test_no_file_without_a_reexport(module: str, reexport: Reexport | None) -> None:
    """No file is generated without a re-export, or if the handler's module has its name."""
    assert generate_reexport(module, "main", reexport) == ()


@pytest.mark.parametrize(
    "path", ["app.py", "acme/orders/app.py", "my-function/app.py", "2024/app.py", "class/app.py"]
)
def test_reexport_imports_any_module_name(path: str, tmp_path: Path) -> None:
    """Folders need not be identifiers, since Lambda imports handlers with `import_module`."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("def main(event, context):\n    return event\n")
    module = path[: -len(".py")].replace("/", ".")
    (file,) = generate_reexport(module, "main", DEFAULT_REEXPORT)
    assert isinstance(file.origin, GeneratedOrigin)
    (tmp_path / file.path).write_bytes(file.origin.content)
    code = "import lambda_function, sys; sys.exit(lambda_function.handler(7, None))"

    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 7


def test_handler_with_the_name_of_the_reexport() -> None:
    """`lambda_function.handler` needs no re-export."""
    assert resolve("lambda_function.handler", "handler") == HandlerEntry("lambda_function.handler")


def test_handler_without_reexport_keeps_its_name() -> None:
    """AWS gets the dotted name of the handler itself."""
    assert resolve("acme.app.main", "main", reexport=None) == HandlerEntry("acme.app.main")


def test_own_lambda_function_gets_one_line() -> None:
    """AWS's default name, `lambda_function.lambda_handler`, is re-exported in its own file."""
    assert resolve("lambda_function.lambda_handler", "lambda_handler", "json") == HandlerEntry(
        "lambda_function.handler", appended_line="handler = lambda_handler\n"
    )


def test_existing_attribute_is_not_overwritten() -> None:
    """The error for a module that defines another `handler` suggests three fixes."""
    with pytest.raises(ReexportClash) as caught:
        resolve("lambda_function.lambda_handler", "lambda_handler", "handler")

    assert str(caught.value) == dedent("""
        The `lambda_function` target src/api:fn cannot re-export its handler, because the name is in use.

          handler    lambda_function.lambda_handler
          re-export  lambda_function.handler
          used by    `handler` in src/lambda_function.py

        To fix, set `reexport=""` (AWS then calls lambda_function.lambda_handler), give `reexport` another name, or rename `handler` in src/lambda_function.py.
        """).strip()


def test_lambda_function_of_a_distribution_is_kept() -> None:
    """No line is added to third-party code, and no file hides it."""
    with pytest.raises(ReexportClash) as caught:
        resolve_handler(
            "lambda_function",
            "lambda_handler",
            DEFAULT_REEXPORT,
            file=third_party_file("lambda_function.py"),
            names=ModuleNames(frozenset(["lambda_handler"])),
            unread_reason="",
            where=WHERE,
        )

    assert str(caught.value) == dedent("""
        The `lambda_function` target src/api:fn cannot re-export its handler, because the name is in use.

          handler    lambda_function.lambda_handler
          re-export  lambda_function.handler
          used by    lambda_function.py of click 8.1.7

        To fix, set `reexport=""` (AWS then calls lambda_function.lambda_handler), give `reexport` another name, or rename lambda_function.py of click 8.1.7.
        """).strip()


def test_undefined_function_lists_similar_names() -> None:
    """Similar names make typing errors visible."""
    with pytest.raises(HandlerNotDefined) as caught:
        resolve("acme.app.handle", "handler", "handler_v2", "json", "_private")

    assert str(caught.value) == dedent("""
        The handler of the `lambda_function` target src/api:fn is not defined.

          looked for     handle in src/acme/app.py (module acme.app)
          similar names  handler, handler_v2

        Lambda would end each invocation with Runtime.HandlerNotFound.

        To fix, correct the field `handler`, or define `handle` at the top level of src/acme/app.py.
        """).strip()


@pytest.mark.parametrize(
    ("bound", "row"),
    [
        ((), "it defines  nothing"),
        (("_x",), "it defines  nothing"),
        (("zip", "json", "_x"), "it defines  json, zip"),
        (
            tuple(f"z{i:02}" for i in range(12)),
            f"it defines  {', '.join(f'z{i:02}' for i in range(10))}",
        ),
    ],
)
def test_undefined_function_lists_defined_names(bound: tuple[str, ...], row: str) -> None:
    """Without similar names, the error lists the first ten public names, or `nothing`."""
    with pytest.raises(HandlerNotDefined) as caught:
        resolve("app.main", *bound)

    assert str(caught.value).splitlines()[3].strip() == row


def test_error_names_the_distribution_of_a_handler() -> None:
    """A handler may be in third-party code, which has no path in the repository."""
    with pytest.raises(HandlerNotDefined) as caught:
        resolve_handler(
            "click.core",
            "main",
            DEFAULT_REEXPORT,
            file=third_party_file("click/core.py"),
            names=ModuleNames(frozenset(["Command"])),
            unread_reason="",
            where=WHERE,
        )

    assert "main in click/core.py of click 8.1.7 (module click.core)" in str(caught.value)


def test_syntax_error_fails_the_build() -> None:
    """The error has the line, and the error that Lambda would raise."""
    with pytest.raises(HandlerModuleUnreadable) as caught:
        resolve("app.main", names=ModuleNames(frozenset(), syntax_error="line 3: invalid syntax"))

    assert str(caught.value) == dedent("""
        The handler's file of the `lambda_function` target src/api:fn has a syntax error.

          src/app.py: line 3: invalid syntax

        Lambda would end each invocation with Runtime.UserCodeSyntaxError.

        To fix, correct the syntax of src/app.py.
        """).strip()


@pytest.mark.parametrize(
    ("names", "unread_reason", "doubt"),
    [
        (
            ModuleNames(frozenset(["x"]), dynamic=True),
            "",
            "Pants cannot check whether src/app.py defines `main`, because it binds names at run time.",
        ),
        (
            UNKNOWN_NAMES,
            "no Python 3.14 or newer was found to read it",
            "Pants cannot check whether src/app.py defines `main`, because "
            "no Python 3.14 or newer was found to read it.",
        ),
    ],
)
def test_unchecked_function_is_a_doubt(names: ModuleNames, unread_reason: str, doubt: str) -> None:
    """A handler whose module cannot be read may be correct, so it is not an error."""
    assert resolve("app.main", names=names, unread_reason=unread_reason) == HandlerEntry(
        "lambda_function.handler", doubts=(doubt,)
    )


def test_visible_definition_leaves_no_doubt() -> None:
    """A module that binds names at run time may define the handler in its source."""
    names = ModuleNames(frozenset(["main"]), dynamic=True)

    assert resolve("app.main", names=names).doubts == ()


def test_line_added_to_a_dynamic_module_is_a_doubt() -> None:
    """The module may bind another `handler` at run time, which the line replaces."""
    names = ModuleNames(frozenset(["main"]), dynamic=True)

    assert resolve("lambda_function.main", names=names) == HandlerEntry(
        "lambda_function.handler",
        appended_line="handler = main\n",
        doubts=(
            "Pants cannot check whether src/lambda_function.py defines a `handler` of its own, "
            "because it binds names at run time. In the artifact, `handler` is `main`.",
        ),
    )


def test_unread_lambda_function_has_one_doubt() -> None:
    """One doubt is enough for a file that could not be read at all."""
    entry = resolve("lambda_function.main", names=UNKNOWN_NAMES, unread_reason="it is broken")

    assert entry.appended_line == "handler = main\n"
    assert entry.doubts == (
        "Pants cannot check whether src/lambda_function.py defines `main`, because it is broken.",
    )


def test_handler_of_128_characters_is_accepted() -> None:
    """botocore's shape `Handler` has at most 128 characters."""
    longest = f"{'a' * 123}.main"

    assert resolve(longest, "main", reexport=None).handler == longest


def test_longer_handler_is_refused() -> None:
    """The error suggests the default re-export, which is short."""
    handler = f"{'a' * 124}.main"
    with pytest.raises(InvalidHandler) as caught:
        resolve(handler, "main", reexport=None)

    assert str(caught.value) == dedent(f"""
        The handler of the `lambda_function` target src/api:fn is too long for AWS.

          {handler}
          129 characters; AWS accepts 128

        To fix, leave `reexport` at its default, which gives AWS a short name.
        """).strip()


def test_handler_without_reexport_has_no_white_space() -> None:
    """Without the re-export, the names of folders are part of the name that AWS gets."""
    assert resolve("my orders.app.main", "main") == HandlerEntry("lambda_function.handler")
    with pytest.raises(InvalidHandler) as caught:
        resolve("my orders.app.main", "main", reexport=None)

    assert str(caught.value) == dedent("""
        The handler of the `lambda_function` target src/api:fn contains white space.

          my orders.app.main

        AWS accepts no white space in a handler.

        To fix, leave `reexport` at its default, which gives AWS a name without white space.
        """).strip()


@pytest.mark.parametrize("reexport", [None, DEFAULT_REEXPORT])
@pytest.mark.parametrize("name", ["time", "types", "json", "logging"])
def test_handler_is_not_in_a_preloaded_module(name: str, reexport: Reexport | None) -> None:
    """Neither Lambda nor the re-export could import such a module."""
    with pytest.raises(InvalidHandler) as caught:
        resolve(f"{name}.main", "main", reexport=reexport)

    assert str(caught.value) == dedent(f"""
        The handler of the `lambda_function` target src/api:fn is in a module with a name of the standard library.

          {name}
          standard library: {name}

        Python has loaded its own `{name}` before Lambda looks for the handler.

        To fix, rename the module.
        """).strip()
