"""Where Lambda finds the handler."""

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
from aws_lambda.testing.files import first_party, third_party

WHERE = Where("lambda_function", "src/api:fn")


def entered(
    handler: str,
    *bound: str,
    reexport: Reexport | None = DEFAULT_REEXPORT,
    names: ModuleNames | None = None,
    unread_reason: str = "",
) -> HandlerEntry:
    """How Lambda enters `module.function`, whose module binds these names."""
    module, _, function = handler.rpartition(".")
    return resolve_handler(
        module,
        function,
        reexport,
        file=first_party(f"{module.replace('.', '/')}.py"),
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
def test_a_handler_has_four_forms(value: str, spec: HandlerSpec) -> None:
    """A file and a function, a module and a function, or each as AWS writes it."""
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
def test_a_handler_of_another_form_is_shown_the_four(value: str) -> None:
    """The error prints what was typed, and every form with its meaning."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The `handler` of the `lambda_function` target src/api:fn cannot be read.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        "To fix, use one of its four forms:\n"
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
def test_a_handler_is_no_pattern(value: str, pattern: str) -> None:
    """The error names the character that makes it one."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The `handler` of the `lambda_function` target src/api:fn cannot be read.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        f"A handler is one file, and `{pattern}` belongs to patterns.\n"
        "\n"
        "To fix, use one of its four forms:\n"
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
            "`lambda` is a keyword of Python, and `import` takes no module with such a name.",
            "lambda/handler.py:main",
        ),
        (
            "does.not.is:handler",
            "`not` and `is` are keywords of Python, and `import` takes no module with such a name.",
            "does/not/is.py:handler",
        ),
        ("word-counts/app:handler", "", "word-counts/app.py:handler"),
    ],
)
def test_a_handler_that_only_a_file_can_name(value: str, why: str, form: str) -> None:
    """The error names keywords, and the form of a file to paste."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The `handler` of the `lambda_function` target src/api:fn cannot be read.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        + (f"{why}\n\n" if why else "")
        + f'To fix, name the file, relative to the BUILD file: `handler="{form}"`.'
    )


def test_a_function_is_no_keyword() -> None:
    """The error names it, and shows the forms."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler("app.py:def", where=WHERE)

    assert (
        "  handler='app.py:def'\n\n`def` is a keyword of Python, and no function can have its name."
        "\n\nTo fix, use one of its four forms:"
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
def test_a_handlers_file_has_no_white_space(value: str, renamed: str) -> None:
    """The error says why, and offers a name without."""
    with pytest.raises(InvalidHandler) as caught:
        parse_handler(value, where=WHERE)

    assert str(caught.value) == (
        "The handler's file of the `lambda_function` target src/api:fn has white space in its path.\n"
        "\n"
        f"  handler={value!r}\n"
        "\n"
        "AWS takes none in a handler, nor does an `import` in the name of a module.\n"
        "\n"
        "To fix, correct the `handler` field, or rename the file, such as to "
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
def test_a_reexport_is_a_module_and_an_attribute(value: str, reexport: Reexport | None) -> None:
    """An empty one turns it off."""
    assert parse_reexport(value, where=WHERE) == reexport


@pytest.mark.parametrize(
    "value",
    ["handler", ".handler", "entry.", "a.b.c", "entry:main", "a-b.c", "a.def", " a.b", "a. b", "."],
)
def test_a_reexport_of_another_form_is_shown_the_right_one(value: str) -> None:
    """One top-level module, one attribute: AWS takes more, but a file at the top holds no more."""
    with pytest.raises(InvalidReexport) as caught:
        parse_reexport(value, where=WHERE)

    assert str(caught.value) == (
        "The `reexport` of the `lambda_function` target src/api:fn cannot be read.\n"
        "\n"
        f"  reexport={value!r}\n"
        "\n"
        "To fix, name one top-level module and one attribute, as in "
        '`reexport="lambda_function.handler"`, or set `reexport=""` to have none.'
    )


@pytest.mark.parametrize(
    "module", ["time", "sys", "json", "builtins", "tomllib", "__future__", "_io", "_zstd"]
)
def test_a_reexport_hides_no_module_of_the_standard_library(module: str) -> None:
    """The task root precedes the standard library, and Lambda refuses built-in modules. Private
    ones too: what the public ones import of them would be found there."""
    with pytest.raises(InvalidReexport) as caught:
        parse_reexport(f"{module}.handler", where=WHERE)

    assert str(caught.value) == dedent(f"""
        The `reexport` of the `lambda_function` target src/api:fn would hide a module of the standard library.

          reexport='{module}.handler'
          standard library: {module}

        Lambda puts the function's own files before the standard library, so that every `import {module}` would find this file.

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
def test_a_module_is_found_where_import_finds_it(files: list[str], found: str | None) -> None:
    """A package comes before a module, and an extension is one too."""
    file = find_module([first_party(path) for path in files], "acme.app")

    assert (file.path if file else None) == found


@pytest.mark.parametrize("module", ["app", "acme.orders.app", "acme.lambda_function"])
def test_another_module_is_reexported_from_a_file_of_its_own(module: str) -> None:
    """The file imports the handler as a plain attribute, which wrappers can patch."""
    owner = Owner(OwnerKind.REEXPORT, "lambda_function.handler")
    content = f"from {module} import main as handler\n".encode()

    assert generate_reexport(module, "main", DEFAULT_REEXPORT) == (
        generate_file("lambda_function.py", content, owner),
    )
    assert entered(f"{module}.main", "main") == HandlerEntry("lambda_function.handler")


def test_the_reexport_may_have_another_name() -> None:
    """Its file and its attribute follow the field."""
    entry_go = Reexport("entry", "go")
    (file,) = generate_reexport("app", "main", entry_go)

    assert (file.path, file.origin) == (
        "entry.py",
        GeneratedOrigin(b"from app import main as go\n"),
    )
    assert entered("app.main", "main", reexport=entry_go) == HandlerEntry("entry.go")


@pytest.mark.parametrize(
    ("module", "reexport"), [("lambda_function", DEFAULT_REEXPORT), ("app", None)]
)
def test_no_file_is_added_where_none_is_needed(module: str, reexport: Reexport | None) -> None:
    """The handler's own module is in the right place already, or none was asked for."""
    assert generate_reexport(module, "main", reexport) == ()


@pytest.mark.parametrize(
    "path", ["app.py", "acme/orders/app.py", "my-function/app.py", "2024/app.py", "class/app.py"]
)
def test_the_reexport_imports_whatever_lambda_could_import(path: str, tmp_path: Path) -> None:
    """A folder's name need not be an identifier: Lambda itself imports it by `import_module`."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("def main(event, context):\n    return event\n")
    module = path[: -len(".py")].replace("/", ".")
    (file,) = generate_reexport(module, "main", DEFAULT_REEXPORT)
    assert isinstance(file.origin, GeneratedOrigin)
    (tmp_path / file.path).write_bytes(file.origin.content)
    code = "import lambda_function, sys; sys.exit(lambda_function.handler(7, None))"

    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 7


def test_a_handler_that_is_the_reexport_needs_nothing() -> None:
    """`lambda_function.handler` is found where it stands."""
    assert entered("lambda_function.handler", "handler") == HandlerEntry("lambda_function.handler")


def test_without_a_reexport_the_handler_keeps_its_own_name() -> None:
    """AWS is told the dotted path."""
    assert entered("acme.app.main", "main", reexport=None) == HandlerEntry("acme.app.main")


def test_a_lambda_function_of_ones_own_gets_one_line_more() -> None:
    """AWS's default name, `lambda_function.lambda_handler`, is reached through the re-export."""
    assert entered("lambda_function.lambda_handler", "lambda_handler", "json") == HandlerEntry(
        "lambda_function.handler", appended_line="handler = lambda_handler\n"
    )


def test_a_name_that_is_taken_is_not_overwritten() -> None:
    """A module that defines another `handler` keeps it: the error offers three ways out."""
    with pytest.raises(ReexportClash) as caught:
        entered("lambda_function.lambda_handler", "lambda_handler", "handler")

    assert str(caught.value) == dedent("""
        The `lambda_function` target src/api:fn cannot re-export its handler: the name is taken.

          handler    lambda_function.lambda_handler
          re-export  lambda_function.handler
          taken by   `handler` in src/lambda_function.py

        To fix, set `reexport=""` (AWS then calls lambda_function.lambda_handler), give `reexport` another name, or rename `handler` in src/lambda_function.py.
        """).strip()


def test_a_lambda_function_of_a_distribution_is_left_as_it_is() -> None:
    """Nothing is appended to code that is not the user's own, nor is it hidden."""
    with pytest.raises(ReexportClash) as caught:
        resolve_handler(
            "lambda_function",
            "lambda_handler",
            DEFAULT_REEXPORT,
            file=third_party("lambda_function.py"),
            names=ModuleNames(frozenset(["lambda_handler"])),
            unread_reason="",
            where=WHERE,
        )

    assert str(caught.value) == dedent("""
        The `lambda_function` target src/api:fn cannot re-export its handler: the name is taken.

          handler    lambda_function.lambda_handler
          re-export  lambda_function.handler
          taken by   lambda_function.py of click 8.1.7

        To fix, set `reexport=""` (AWS then calls lambda_function.lambda_handler), give `reexport` another name, or rename lambda_function.py of click 8.1.7.
        """).strip()


def test_a_missing_function_is_told_with_near_names() -> None:
    """A slip of the finger is seen at once."""
    with pytest.raises(HandlerNotDefined) as caught:
        entered("acme.app.handle", "handler", "handler_v2", "json", "_private")

    assert str(caught.value) == dedent("""
        The handler of the `lambda_function` target src/api:fn is not defined.

          looked for  handle in src/acme/app.py (module acme.app)
          near names  handler, handler_v2

        Lambda would end each invocation with Runtime.HandlerNotFound.

        To fix, correct the `handler` field, or define `handle` at the top level of src/acme/app.py.
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
def test_a_missing_function_without_near_names_is_told_what_is_there(
    bound: tuple[str, ...], row: str
) -> None:
    """The first ten public names, or that there are none."""
    with pytest.raises(HandlerNotDefined) as caught:
        entered("app.main", *bound)

    assert str(caught.value).splitlines()[3].strip() == row


def test_a_function_of_a_distribution_is_told_with_it() -> None:
    """A handler may lie in third-party code, which the user cannot find by a path."""
    with pytest.raises(HandlerNotDefined) as caught:
        resolve_handler(
            "click.core",
            "main",
            DEFAULT_REEXPORT,
            file=third_party("click/core.py"),
            names=ModuleNames(frozenset(["Command"])),
            unread_reason="",
            where=WHERE,
        )

    assert "main in click/core.py of click 8.1.7 (module click.core)" in str(caught.value)


def test_a_syntax_error_is_found_before_aws_finds_it() -> None:
    """The error says where, and what Lambda would have said."""
    with pytest.raises(HandlerModuleUnreadable) as caught:
        entered("app.main", names=ModuleNames(frozenset(), syntax_error="line 3: invalid syntax"))

    assert str(caught.value) == dedent("""
        The handler's file of the `lambda_function` target src/api:fn has a syntax error.

          src/app.py: line 3: invalid syntax

        Lambda would end each invocation with Runtime.UserCodeSyntaxError.

        To fix, mend src/app.py.
        """).strip()


@pytest.mark.parametrize(
    ("names", "unread_reason", "doubt"),
    [
        (
            ModuleNames(frozenset(["x"]), dynamic=True),
            "",
            "Whether src/app.py defines `main` cannot be told: it makes names at run time.",
        ),
        (
            UNKNOWN_NAMES,
            "no Python 3.14 or newer was found to read it",
            "Whether src/app.py defines `main` cannot be told: "
            "no Python 3.14 or newer was found to read it.",
        ),
    ],
)
def test_what_cannot_be_told_is_a_doubt_and_no_error(
    names: ModuleNames, unread_reason: str, doubt: str
) -> None:
    """A correct handler is never refused because it could not be read."""
    assert entered("app.main", names=names, unread_reason=unread_reason) == HandlerEntry(
        "lambda_function.handler", doubts=(doubt,)
    )


def test_a_name_that_was_read_leaves_no_doubt() -> None:
    """A module that makes names at run time may still define the handler in plain sight."""
    names = ModuleNames(frozenset(["main"]), dynamic=True)

    assert entered("app.main", names=names).doubts == ()


def test_a_line_appended_to_a_dynamic_module_is_a_doubt() -> None:
    """The module could have a `handler` that reading cannot see; the artifact's is the target's."""
    names = ModuleNames(frozenset(["main"]), dynamic=True)

    assert entered("lambda_function.main", names=names) == HandlerEntry(
        "lambda_function.handler",
        appended_line="handler = main\n",
        doubts=(
            "Whether src/lambda_function.py defines a `handler` of its own cannot be told: "
            "it makes names at run time. In the artifact, it is `main`.",
        ),
    )


def test_an_unread_lambda_function_leaves_one_doubt() -> None:
    """That the function could not be seen says it all: nothing else of the file could be either."""
    entry = entered("lambda_function.main", names=UNKNOWN_NAMES, unread_reason="it is unread")

    assert entry.appended_line == "handler = main\n"
    assert entry.doubts == (
        "Whether src/lambda_function.py defines `main` cannot be told: it is unread.",
    )


def test_aws_takes_a_handler_of_128_characters() -> None:
    """botocore's shape `Handler`: at most 128 characters."""
    longest = f"{'a' * 123}.main"

    assert entered(longest, "main", reexport=None).handler == longest


def test_aws_refuses_a_longer_handler() -> None:
    """The default re-export is short, so the error offers it."""
    handler = f"{'a' * 124}.main"
    with pytest.raises(InvalidHandler) as caught:
        entered(handler, "main", reexport=None)

    assert str(caught.value) == dedent(f"""
        AWS would refuse the handler of the `lambda_function` target src/api:fn.

          {handler}
          129 characters; AWS takes 128

        To fix, leave `reexport` at its default, which gives AWS a short one.
        """).strip()


def test_without_a_reexport_no_folder_has_white_space() -> None:
    """AWS is told the folders' names then; of `lambda_function.handler` they are no part."""
    assert entered("my orders.app.main", "main") == HandlerEntry("lambda_function.handler")
    with pytest.raises(InvalidHandler) as caught:
        entered("my orders.app.main", "main", reexport=None)

    assert str(caught.value) == dedent("""
        AWS would refuse the handler of the `lambda_function` target src/api:fn.

          my orders.app.main

        It takes no white space in a handler.

        To fix, leave `reexport` at its default, which gives AWS one without.
        """).strip()


def test_aws_refuses_a_longer_reexport_too() -> None:
    """What AWS is told is the re-export, however short the handler's own name is."""
    with pytest.raises(LambdaError):
        entered("app.main", "main", reexport=parse_reexport(f"{'a' * 124}.main", where=WHERE))


@pytest.mark.parametrize("reexport", [None, DEFAULT_REEXPORT])
@pytest.mark.parametrize("name", ["time", "types", "json", "logging"])
def test_the_handler_is_in_no_module_that_python_has_loaded(
    name: str, reexport: Reexport | None
) -> None:
    """Nor could the re-export import it."""
    with pytest.raises(InvalidHandler) as caught:
        entered(f"{name}.main", "main", reexport=reexport)

    assert str(caught.value) == dedent(f"""
        The handler's module of the `lambda_function` target src/api:fn has a name of the standard library.

          {name}
          standard library: {name}

        Python has loaded its own `{name}` before Lambda looks for the handler.

        To fix, rename the module.
        """).strip()


@pytest.mark.parametrize("name", ["sys", "time", "asyncio", "xml", "distutils", "annotationlib"])
def test_names_of_every_python_count_as_standard_library(name: str) -> None:
    """One list serves all runtimes: what one of them has is nobody's name for a handler."""
    with pytest.raises(InvalidReexport):
        parse_reexport(f"{name}.handler", where=WHERE)


def test_the_list_of_the_standard_library_misses_nothing_here() -> None:
    """Every public module that this Python is born with is on it."""
    here: set[str] = set(getattr(sys, "stdlib_module_names", sys.builtin_module_names))
    public = {name for name in here if not name.startswith("_")} - {"xxsubtype"}

    assert public <= PUBLIC_STANDARD_MODULES
