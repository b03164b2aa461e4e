"""Tests of the check for handlers that cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from aws_lambda.artifact.checks.handler_answer import HandlerCannotAnswer, check_handler_answer
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.handler_lookup import ModuleNames
from aws_lambda.testing.files import first_party_file

WHERE = Where("lambda_function", "src/api:fn")


def names(
    *,
    dynamic: bool = False,
    kind: str = "",
    imported_names: Mapping[str, tuple[str, str]] | None = None,
) -> ModuleNames:
    """A module that defines a `main` of this kind, or imports names from other modules."""
    deferred_functions = {"main": (kind, 7)} if kind else {}
    return ModuleNames(frozenset(["main"]), dynamic, "", deferred_functions, imported_names or {})


def judge(modules: Mapping[str, ModuleNames], module: str = "app", function: str = "main") -> str:
    """The message of the error, or `""` if the handler is accepted."""

    def find(name: str) -> tuple[ArtifactFile, ModuleNames] | None:
        return (first_party_file(f"{name}.py"), modules[name]) if name in modules else None

    try:
        check_handler_answer(module, function, find, where=WHERE)
    except HandlerCannotAnswer as error:
        return str(error)
    return ""


COROUTINE = """
    The handler of the `lambda_function` target src/api:fn is a coroutine function and cannot return a response.

      handler     main
      defined in  src/app.py:7

    Lambda would end each invocation with Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable.

    To fix, rename `main` to `main_async`, and make the handler a plain function:

      import asyncio

      def main(event, context):
          return asyncio.run(main_async(event, context))
    """
GENERATOR = """
    The handler of the `lambda_function` target src/api:fn is a generator function and cannot return a response.

      handler     main
      defined in  src/app.py:7

    Lambda would end each invocation with Runtime.MarshalError: Unable to marshal response: Object of type generator is not JSON serializable.

    To fix, rename `main` to `main_parts`, and make the handler a plain function:

      def main(event, context):
          return list(main_parts(event, context))
    """
ASYNC_GENERATOR = """
    The handler of the `lambda_function` target src/api:fn is an asynchronous generator function and cannot return a response.

      handler     main
      defined in  src/app.py:7

    Lambda would end each invocation with Runtime.MarshalError: Unable to marshal response: Object of type async_generator is not JSON serializable.

    To fix, rename `main` to `main_parts`, and make the handler a plain function:

      import asyncio

      async def collect(parts):
          return [part async for part in parts]

      def main(event, context):
          return asyncio.run(collect(main_parts(event, context)))
    """


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("coroutine function", COROUTINE),
        ("generator function", GENERATOR),
        ("asynchronous generator function", ASYNC_GENERATOR),
    ],
)
def test_handler_without_response(kind: str, message: str) -> None:
    """The message has Lambda's error and the plain function to write."""
    assert judge({"app": names(kind=kind)}) == dedent(message).strip()


def test_imported_handler() -> None:
    """The check follows imports through first-party modules, under any name."""
    message = judge(
        {
            "app": names(imported_names={"handler": ("svc", "go")}),
            "svc": names(imported_names={"go": ("core", "main")}),
            "core": names(kind="coroutine function"),
        },
        function="handler",
    )

    assert "  handler     handler\n  defined in  src/core.py:7\n" in message


@pytest.mark.parametrize(
    "modules",
    [
        {"app": names()},
        {"app": names(kind="coroutine function", dynamic=True)},
        {"app": names(imported_names={"main": ("third_party", "main")})},
        {"app": names(imported_names={"main": ("b", "main")}), "b": names()},
        {"app": names(imported_names={"main": ("b", "main")}), "b": names(imported_names={"main": ("app", "main")})},  # fmt: skip
        {},
    ],
)
def test_uncertain_handlers(modules: Mapping[str, ModuleNames]) -> None:
    """Plain functions, dynamic modules, third-party code and circular imports are accepted."""
    assert judge(modules) == ""
