"""Tests of the fields `handler` and `reexport`."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from aws_lambda.artifact.errors import LambdaError, Where
from aws_lambda.artifact.handler_fields import (
    DEFAULT_REEXPORT,
    HandlerSpec,
    InvalidHandler,
    InvalidReexport,
    Reexport,
    parse_handler,
    parse_reexport,
)
from aws_lambda.artifact.standard_library import PUBLIC_STANDARD_MODULES

WHERE = Where("lambda_function", "src/api:fn")


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


def test_longer_reexport_is_refused() -> None:
    """AWS refuses handlers of more than 128 characters, and the re-export is the handler."""
    with pytest.raises(LambdaError):
        parse_reexport(f"{'a' * 124}.main", where=WHERE)


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
