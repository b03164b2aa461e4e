"""Test the forms of the handler, its checks, and its re-export."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from aws_lambda.artifact.contents import GeneratedOrigin, Owner, OwnerKind, generate_file
from aws_lambda.artifact.errors import LambdaError, Where
from aws_lambda.artifact.handler import (
    DEFAULT_REEXPORT,
    UNKNOWN_NAMES,
    HandlerEntry,
    HandlerModuleUnreadable,
    HandlerNotDefined,
    HandlerSpec,
    InvalidHandler,
    InvalidReexport,
    ModuleNames,
    Reexport,
    ReexportClash,
    find_module,
    generate_reexport,
    parse_handler,
    parse_reexport,
    resolve_handler,
)
from aws_lambda.artifact.standard_library import PUBLIC_STANDARD_MODULES
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
    ("value", "spec"),
    [
        ("app.py:handler", HandlerSpec("app.py", None, "handler")),
        ("sub/app.py:handler", HandlerSpec("sub/app.py", None, "handler")),
        ("my-app.py:handler", HandlerSpec("my-app.py", None, "handler")),
        ("acme.orders.app:handler", HandlerSpec(None, "acme.orders.app", "handler")),
        ("app:handler", HandlerSpec(None, "app", "handler")),
        ("acme.orders.app.handler", HandlerSpec(None, "acme.orders.app", "handler")),
        ("app.handler", HandlerSpec(None, "app", "handler")),
        ("äpp.händler", HandlerSpec(None, "äpp", "händler")),
        ("acme/app.handler", HandlerSpec("acme/app.py", None, "handler")),
        (
            "word-counts/app.lambda_handler",
            HandlerSpec("word-counts/app.py", None, "lambda_handler"),
        ),
        ("lambda/app.v1.handler", HandlerSpec("lambda/app/v1.py", None, "handler")),
    ],
)
def test_handler_has_four_forms(value: str, spec: HandlerSpec) -> None:
    """A handler is a file or a module, with a function, each also in AWS's form."""
    assert parse_handler(value, where=WHERE) == spec


@pytest.mark.parametrize(
    "value",
    [
        "",
        "handler",
        ".handler",
        "app.",
        ":handler",
        "app.py",
        "app.py:",
        "app:",
        "app.py:a.b",
        "app.py:a:b",
        "app.py:1st",
        "app.py:a b",
        "app.py :handler",
        "app.py:handler ",
        "/app.py:handler",
        "./app.py:handler",
        "../app.py:handler",
        "sub//app.py:handler",
        "acme//app.handler",
        "/acme/app.handler",
        "./app.handler",
        "acme/app.",
        "acme..app.handler",
        "my-app:handler",
        "app.pyc:handler\n",
    ],
)
def test_invalid_handler_is_shown_all_forms(value: str) -> None:
    """The error prints the value, and every form with its meaning."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The field `handler` of the `lambda_function` target src/api:fn cannot be parsed.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        "To fix, write it in one of four forms:\n"
        "\n"
        '  handler="file.py:func"        a file relative to the BUILD file\n'
        '  handler="folder/file.func"    the same, as AWS writes it\n'
        '  handler="pkg.module:func"     a module below a source root\n'
        '  handler="pkg.module.func"     the same, as AWS writes it'
    )


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("*.py:handler", "*"),
        ("app?.py:handler", "?"),
        ("[a]pp.py:handler", "["),
        ("a]pp.py:handler", "]"),
        ("sub\\app.py:handler", "\\"),
        ("my *.py:a b", "*"),
    ],
)
def test_handler_is_not_a_pattern(value: str, pattern: str) -> None:
    """The error names the character that would make the path a pattern."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The field `handler` of the `lambda_function` target src/api:fn cannot be parsed.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        f"A handler is in one file, and `{pattern}` would make its path a pattern.\n"
        "\n"
        "To fix, write it in one of four forms:\n"
        "\n"
        '  handler="file.py:func"        a file relative to the BUILD file\n'
        '  handler="folder/file.func"    the same, as AWS writes it\n'
        '  handler="pkg.module:func"     a module below a source root\n'
        '  handler="pkg.module.func"     the same, as AWS writes it'
    )


@pytest.mark.parametrize(
    ("value", "why", "form"),
    [
        (
            "lambda.handler.main",
            "`lambda` is a Python keyword, so `import` cannot name this module.",
            "lambda/handler.py:main",
        ),
        (
            "does.not.is:handler",
            "`not` and `is` are Python keywords, so `import` cannot name this module.",
            "does/not/is.py:handler",
        ),
        ("word-counts/app:handler", "", "word-counts/app.py:handler"),
    ],
)
def test_module_that_import_cannot_name(value: str, why: str, form: str) -> None:
    """The error names keywords, and suggests the form for a file."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The field `handler` of the `lambda_function` target src/api:fn cannot be parsed.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        + (f"{why}\n\n" if why else "")
        + f'To fix, write the path relative to the BUILD file: `handler="{form}"`.'
    )


def test_function_is_not_a_keyword() -> None:
    """The error names the keyword, and shows the forms."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler("app.py:def", where=WHERE)

    assert (
        "  handler='app.py:def'\n\n`def` is a Python keyword, which cannot be the name of a function."
        "\n\nTo fix, write it in one of four forms:"
    ) in str(caught.value)


@pytest.mark.parametrize(
    ("value", "renamed"),
    [
        ("my app.py:handler", "my_app.py"),
        ("my orders/the  app\t1.py:handler", "my_orders/the_app_1.py"),
        (" app.py:handler", "app.py"),
        ("my\u00a0app.py:handler", "my_app.py"),
    ],
)
def test_path_of_handler_has_no_white_space(value: str, renamed: str) -> None:
    """The error gives the reason, and suggests a name without white space."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The handler of the `lambda_function` target src/api:fn is in a file with white space in its path.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        "AWS accepts no white space in a handler, and `import` none in a module's name.\n"
        "\n"
        "To fix, correct the field `handler`, or rename the file, for example to "
        f"`{renamed}`."
    )


@pytest.mark.parametrize(
    ("value", "reexport"),
    [
        ("", None),
        ("lambda_function.handler", DEFAULT_REEXPORT),
        ("entry.main", Reexport("entry", "main")),
    ],
)
def test_reexport_is_a_module_and_an_attribute(value: str, reexport: Reexport | None) -> None:
    """An empty value turns off the re-export."""
    assert parse_reexport(value, where=WHERE) == reexport


@pytest.mark.parametrize(
    "value",
    ["handler", ".handler", "entry.", "a.b.c", "entry:main", "a-b.c", "a.def", " a.b", "a. b", "."],
)
def test_invalid_reexport_is_shown_its_form(value: str) -> None:
    """A re-export is one top-level module and one attribute, although AWS accepts more."""
    with pytest.raises(InvalidReexport) as caught:
        parse_reexport(value, where=WHERE)

    assert str(caught.value) == (
        "The field `reexport` of the `lambda_function` target src/api:fn cannot be parsed.\n"
        "\n"
        f"  reexport={value!r}\n"
        "\n"
        "To fix, write one top-level module and one attribute, as in "
        '`reexport="lambda_function.handler"`, or set `reexport=""` for no re-export.'
    )


@pytest.mark.parametrize(
    "module", ["time", "sys", "json", "builtins", "tomllib", "__future__", "_io", "_zstd"]
)
def test_reexport_hides_no_standard_module(module: str) -> None:
    """Private modules are refused as well, because public modules import them.

    Lambda's task root precedes the standard library, and Lambda refuses built-in modules.
    """
    with pytest.raises(InvalidReexport) as caught:
        parse_reexport(f"{module}.handler", where=WHERE)

    assert str(caught.value) == dedent(f"""
        The field `reexport` of the `lambda_function` target src/api:fn would hide a module of the standard library.

          reexport='{module}.handler'
          standard library: {module}

        Python finds the function's files before the standard library in Lambda, so every `import {module}` would import the re-export.

        To fix, choose another name, such as `reexport="lambda_function.handler"`.
        """).strip()


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


def test_longer_reexport_is_refused() -> None:
    """AWS gets the re-export, whatever the length of the handler's own name."""
    with pytest.raises(LambdaError):
        resolve("app.main", "main", reexport=parse_reexport(f"{'a' * 124}.main", where=WHERE))


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


@pytest.mark.parametrize("name", ["sys", "time", "asyncio", "xml", "distutils", "annotationlib"])
def test_reexport_avoids_modules_of_all_versions(name: str) -> None:
    """A re-export is valid for all runtimes, so it hides no module of any version."""
    with pytest.raises(InvalidReexport):
        parse_reexport(f"{name}.handler", where=WHERE)


def test_standard_library_of_this_python_is_known() -> None:
    """The list has every public module of this Python's standard library."""
    here: set[str] = set(getattr(sys, "stdlib_module_names", sys.builtin_module_names))
    public = {name for name in here if not name.startswith("_")} - {"xxsubtype"}

    assert public <= PUBLIC_STANDARD_MODULES
