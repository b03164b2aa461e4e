"""Handlers that cannot answer: coroutine and generator functions.

Lambda calls the handler, but neither awaits a coroutine nor iterates over a generator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import HandlerError, Where, columns, describe
from aws_lambda.artifact.handler_lookup import ModuleNames

# Maps the dotted name of a first-party module to its file and to the names that the file binds.
FindModule = Callable[[str], Optional[tuple[ArtifactFile, ModuleNames]]]


class HandlerCannotAnswer(HandlerError):
    """The handler is a coroutine function or a generator function. Lambda cannot serialize what it
    returns, and would end each invocation with `Runtime.MarshalError`.

    To fix, make the handler a plain function that calls the other one, as the message shows.
    """


def check_handler_answer(module: str, function: str, find: FindModule, *, where: Where) -> None:
    """Raise `HandlerCannotAnswer` if the handler is certain to return no response.

    `module` and `function` name the handler. Follow its imports through first-party modules.
    Accept a handler that is decorated, bound in several places or created at run time, since it
    may be anything.
    """
    seen: set[tuple[str, str]] = set()
    name = function
    while (module, name) not in seen:
        seen.add((module, name))
        found = find(module)
        if found is None or found[1].dynamic:
            return
        file, names = found
        if name in names.deferred_functions:
            kind, line = names.deferred_functions[name]
            place = f"{file.source}:{line}"
            raise HandlerCannotAnswer(_message(function, name, kind, place, where))
        if name not in names.imported_names:
            return
        module, name = names.imported_names[name]


# The type in the error message of Lambda's runtime interface client, by kind of function.
_RETURNED = {
    "coroutine function": "coroutine",
    "generator function": "generator",
    "asynchronous generator function": "async_generator",
}


def _message(function: str, name: str, kind: str, place: str, where: Where) -> str:
    article = "an" if kind.startswith("a") else "a"
    returned = _RETURNED[kind]
    run = {
        "coroutine": f"asyncio.run({name}_async(event, context))",
        "generator": f"list({name}_parts(event, context))",
        "async_generator": f"asyncio.run(collect({name}_parts(event, context)))",
    }[returned]
    renamed = f"{name}_async" if returned == "coroutine" else f"{name}_parts"
    imports = "  import asyncio\n\n" if "asyncio" in run else ""
    collect = (
        "  async def collect(parts):\n      return [part async for part in parts]\n\n"
        if "collect" in run
        else ""
    )
    return describe(
        f"The handler of {where} is {article} {kind} and cannot return a response.",
        facts=columns([("handler", function), ("defined in", place)]),
        why=(
            "Lambda would end each invocation with Runtime.MarshalError: Unable to marshal "
            f"response: Object of type {returned} is not JSON serializable."
        ),
        fix=(
            f"rename `{name}` to `{renamed}`, and make the handler a plain function:\n\n"
            f"{imports}{collect}"
            f"  def {name}(event, context):\n      return {run}"
        ),
    )
