"""Handlers that the program finds in Python files."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from textwrap import dedent

import pytest

from aws_lambda.testing.program_runs import import_program, run_program

_PROGRAM = import_program("find_handlers.py")


def found(source: str) -> list[str]:
    names: list[str] = _PROGRAM.handlers_in(ast.parse(dedent(source)))
    return names


@pytest.mark.parametrize(
    "signature",
    [
        "def handler(event, context)",
        "async def handler(event, context)",
        "def handler(event: dict[str, object], context: object) -> None",
        "def handler(_event, _context)",
        "def handler(event, context, client=None)",
        "def handler(event, context, *args, table='orders', **options)",
        "def handler(event, context, /)",
        "def handler(event, _)",
        "def handler(_, context)",
        "def create_order(evt, ctx)",
    ],
)
def test_parameters_are_named_event_and_context(signature: str) -> None:
    """Both are required, and there is no third required parameter."""
    (name,) = found(f"{signature}: ...")

    assert name in signature


@pytest.mark.parametrize(
    "signature",
    [
        "def handler(event)",
        "def handler(event, context, client)",
        "def handler(event, context, *, client)",
        "def handler(event, context=None)",
        "def handler(request, context)",
        "def handler(event, table)",
        "def store(event, _)",
        "def lambda_handler(event, context, client)",
        "def _handler(event, context)",
        "class Handler:\n    def handler(event, context)",
        "def outer():\n    def handler(event, context)",
        "if __name__ == '__main__':\n    def handler(event, context)",
    ],
)
def test_other_functions_are_no_handlers(signature: str) -> None:
    """Lambda passes two arguments, and private or nested functions are for the module itself."""
    assert found(f"{signature}: ...") == []


def test_lambda_handler_has_any_two_parameters() -> None:
    """The name is that of AWS's console, so the parameters need no known names."""
    assert found("def lambda_handler(request, info): ...") == ["lambda_handler"]
    assert found("lambda_handler = create_handler(settings)") == ["lambda_handler"]


@pytest.mark.parametrize(
    "source",
    [
        """
        from aws_lambda_powertools.utilities.typing import LambdaContext
        def answer(message, info: LambdaContext): ...
        """,
        """
        from aws_lambda_powertools.utilities import typing as t
        def answer(message, info: "t.LambdaContext"): ...
        """,
        """
        from typing import TYPE_CHECKING, Optional
        if TYPE_CHECKING:
            from aws_lambda_typing.context import Context
        def answer(message, info: Optional[Context]): ...
        """,
        """
        from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
        def answer(request: APIGatewayProxyEvent, context): ...
        """,
        """
        from aws_lambda_typing import context as c, events
        def answer(request: events.SQSEvent, info: "c.Context | None"): ...
        """,
    ],
)
def test_parameters_have_types_of_aws_libraries(source: str) -> None:
    """The type of the context decides; the type of the event needs a context by name."""
    assert found(source) == ["answer"]


def test_types_of_other_libraries_are_no_contexts() -> None:
    """Many libraries have a `Context`."""
    assert found("from click import Context\ndef run(app, info: Context): ...") == []
    assert found("def run(app, info: 'not a type ('): ...") == []


@pytest.mark.parametrize(
    "source",
    [
        "from mangum import Mangum\nhandler = Mangum(app, lifespan='off')",
        "import mangum\nhandler: object = mangum.Mangum(app)",
        "from mangum import Mangum as Adapter\ntry:\n    handler = Adapter(app)\nfinally: ...",
        "from chalice import Chalice\nhandler = Chalice(app_name='orders')",
        "from apig_wsgi import make_lambda_handler\nhandler = make_lambda_handler(application)",
        "from flask_lambda import FlaskLambda\nhandler = FlaskLambda(__name__)",
        "handler = SkillBuilder().lambda_handler()",
        "handler = lambda event, context: event",
    ],
)
def test_adapters_return_handlers(source: str) -> None:
    """Adapters of web frameworks return objects that Lambda can call."""
    assert found(source) == ["handler"]


def test_other_values_are_no_handlers() -> None:
    """A class of the same name from another package may be anything."""
    assert found("from local import Mangum\nhandler = Mangum(app)") == []
    assert found("from mangum import Mangum\n_handler = Mangum(app)") == []
    assert found("handler = Mangum\nhandlers['a'] = 1\nother: int\nlambda_handler = None") == []


def test_helpers_of_handlers_are_no_handlers() -> None:
    """AWS calls the outer function only."""
    source = """
    from mangum import Mangum
    adapter = Mangum(app)

    def lambda_handler(event, context):
        audit(event, context)
        return run(asynchronous, event)

    def audit(event, context): ...

    async def asynchronous(event, context):
        return adapter(event, context)
    """

    assert found(source) == ["lambda_handler"]


def test_handlers_of_chalice_are_next_to_the_app() -> None:
    """A decorator of the app creates another function, and the body may use the app."""
    source = """
    from chalice import Chalice
    app = Chalice(app_name="orders")

    @app.lambda_function()
    def clean(event, context):
        app.log.info("clean")
    """

    assert found(source) == ["app", "clean"]


def test_handlers_that_call_each_other_are_found() -> None:
    """A cycle has no outer function."""
    source = """
    def handler(event, context):
        return retry(event, context)

    def retry(event, context):
        return handler(event, context)
    """

    assert found(source) == ["handler", "retry"]


def test_program_reads_files(tmp_path: Path) -> None:
    """A file that cannot be parsed has no handlers, and does not hide those of others."""
    sources = {
        "a.py": "def handler(event, context): ...",
        "old.py": "print 'a'\ndef handler(event, context): ...",
        "nul.py": "def handler(event, context): ...\0",
    }
    for path, source in sources.items():
        (tmp_path / path).write_text(source)
    (tmp_path / "request.json").write_text(json.dumps([*sources]))

    done = run_program("find_handlers.py", "request.json", cwd=tmp_path)

    assert (done.stderr, json.loads(done.stdout)) == (
        b"",
        {"a.py": ["handler"], "old.py": [], "nul.py": []},
    )
