"""The report of `check`, from real processes with either runtime client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any
from zipfile import ZipFile

import pytest

from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.tests.function_builder import (
    VERSIONS,
    BuiltFunction,
    Files,
    build_function,
    client_wheels,
    settings_wheels,
)

NEWEST = VERSIONS[-1]
CLIENTS = [(each, "fallback") for each in VERSIONS] + [(each, "AWS's") for each in VERSIONS[2:]]
EVERY_CLIENT = pytest.mark.parametrize(
    ("python", "client"), CLIENTS, ids=[f"{c} python{p[0]}.{p[1]}" for p, c in CLIENTS]
)
BOTH_CLIENTS = pytest.mark.parametrize("client", ["fallback", "AWS's"])
HANDLER = "\ndef handler(event, context):\n    return event\n"


def build(
    folder: Path, app: str | Files, client: str = "fallback", python: tuple[int, int] = NEWEST
) -> BuiltFunction:
    wheels = client_wheels(python) if client == "AWS's" else []
    files = {"app.py": dedent(app) + HANDLER} if isinstance(app, str) else app
    return build_function(folder, files, python=python, wheels=wheels)


def report(function: BuiltFunction) -> dict[str, Any]:
    """The JSON that the command `check` prints."""
    command = [sys.executable, "-m", "aws_lambda_emulator", "check", function.artifact.code.path]
    command += ["--python", function.interpreter.path]
    if function.wheels:
        command += ["--wheels", str(Path(function.wheels[0]).parent)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def distribution_files(name: str, code: str) -> Files:
    """The files of an installed distribution with one module."""
    return {
        f"{name}.py": dedent(code),
        f"{name}-1.0.dist-info/RECORD": f"{name}.py,sha256=x,1\n{name}-1.0.dist-info/RECORD,,\n",
    }


@EVERY_CLIENT
def test_all_variables_are_found(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """The import is repeated until it succeeds. The reported error is that of the first attempt."""
    app = """\
        import os

        TABLE = os.environ["TABLE"]
        RETRIES = int(os.environ["RETRIES"])
        if not os.getenv("QUEUE"):
            raise RuntimeError("QUEUE missing")
        if "TOPIC" not in os.environ:
            raise SystemExit("set TOPIC")
        """

    found = report(build(tmp_path, app, client, python))

    assert found["unset_variables"] == ["TABLE", "RETRIES", "QUEUE", "TOPIC"]
    assert (found["error"], json.loads(found["payload"])["errorMessage"]) == ("KeyError", "'TABLE'")
    assert "TABLE missing" not in found["logs"]


FAILING = {
    "several in one message": (
        """\
        import os

        missing = [each for each in ("A_TABLE", "A_QUEUE") if not os.environ.get(each)]
        if missing:
            raise RuntimeError(f"missing: {missing}")
        """,
        ["A_TABLE", "A_QUEUE"],
    ),
    "none in the message": (
        """\
        import os

        level, debug = os.environ.get("LEVEL", "INFO"), os.environ.get("DEBUG")
        if not all([os.environ.get("A_TABLE", ""), os.environ.get("A_QUEUE")]):
            raise RuntimeError("the configuration is not complete")
        """,
        ["A_TABLE", "A_QUEUE"],
    ),
    "in a cause": (
        """\
        import os

        try:
            TABLE = os.environ["A_TABLE"]
        except KeyError as error:
            raise RuntimeError("no configuration") from error
        """,
        ["A_TABLE"],
    ),
    "a fallback, and another error": (
        """\
        import os

        DEBUG = os.environ.get("DEBUG")
        LEVEL = os.environ.pop("LEVEL", None)
        PORT = os.environ.setdefault("PORT", "80")
        raise ValueError("DEBUG is off, and this error has another cause")
        """,
        [],
    ),
    "a placeholder that fails": (
        """\
        import os

        URL = os.environ.get("URL")
        if URL:
            raise ValueError("not a URL")
        raise RuntimeError("the actual error")
        """,
        [],
    ),
    "a variable of Lambda's own": (
        """\
        import os

        if not os.environ.get("AWS_LAMBDA_LOG_GROUP") or not os.environ.get("_X_AMZN_TRACE_ID"):
            raise RuntimeError("_X_AMZN_TRACE_ID missing")
        """,
        [],
    ),
    "an address in the message": (
        """\
        import os

        DEBUG = os.environ.get("DEBUG")
        raise RuntimeError(f"DEBUG: {object()}")
        """,
        [],
    ),
}


@BOTH_CLIENTS
@pytest.mark.parametrize(("app", "names"), FAILING.values(), ids=list(FAILING))
def test_only_required_variables_are_reported(
    tmp_path: Path, app: str, names: list[str], client: str
) -> None:
    """A variable is not reported if the code looks it up but works without it."""
    assert report(build(tmp_path, app, client))["unset_variables"] == names


def test_variables_of_third_party_code(tmp_path: Path) -> None:
    """Only names in the error are reported, because setting others may break working code."""
    library = distribution_files(
        "library",
        """\
        import os

        PROFILE = os.environ.get("PROFILE")
        if not os.environ.get("REGISTRY"):
            raise LookupError("REGISTRY is required")
        if PROFILE or not os.environ.get("TOKEN"):
            raise LookupError("an unrelated error")
        """,
    )

    found = report(build(tmp_path, {**library, "app.py": f"import library\n{HANDLER}"}))

    assert found["unset_variables"] == ["REGISTRY"]


# The version for which build-support/clients/fetch downloads pydantic-settings.
SETTINGS_PYTHON = (3, 13)
MODELS = {
    "fields": ("BaseSettings", "table: str; size: int; level: str = 'INFO'", ["TABLE", "SIZE"]),
    "a prefix and an alias": (
        "BaseSettings, env_prefix='APP_'",
        "table: str; queue: str = Field(validation_alias='QUEUE_URL')",
        ["APP_TABLE", "QUEUE_URL"],
    ),
    "exact names": ("BaseSettings, case_sensitive=True", "table: str", ["table"]),
    "all of the environment": ("BaseModel", "TABLE: str; SIZE: int", ["TABLE", "SIZE"]),
}


@BOTH_CLIENTS
@pytest.mark.parametrize(("bases", "fields", "names"), MODELS.values(), ids=list(MODELS))
def test_model_of_the_environment(
    tmp_path: Path, bases: str, fields: str, names: list[str], client: str
) -> None:
    """The unset required fields are reported as the variables that set them."""
    app = (
        "import os\nfrom pydantic import BaseModel, Field\n"
        "from pydantic_settings import BaseSettings\n"
        f"class Settings({bases}):\n    {fields}\n"
        f"Settings({'**os.environ' if 'BaseModel' in bases else ''})\n"
    )
    built = build(tmp_path, app, client, SETTINGS_PYTHON)
    for wheel in settings_wheels():
        ZipFile(wheel).extractall(built.artifact.code.path)

    assert report(built)["unset_variables"] == names


def test_model_of_other_data(tmp_path: Path) -> None:
    """A field that no variable sets is not reported."""
    app = (
        "from pydantic import BaseModel\n"
        "class Order(BaseModel):\n    TABLE: str\nOrder(SIZE=1)\n"
    )
    built = build(tmp_path, app, python=SETTINGS_PYTHON)
    for wheel in settings_wheels():
        ZipFile(wheel).extractall(built.artifact.code.path)

    found = report(built)

    assert found["kinds"][0].startswith("pydantic")
    assert found["unset_variables"] == []


def test_report_of_a_working_function(tmp_path: Path) -> None:
    """Failed lookups are not reported if the function starts."""
    found = report(build(tmp_path, "import os\nDEBUG = os.environ.get('DEBUG')\n"))

    assert (found["error"], found["unset_variables"], found["kinds"]) == (None, [], [])


@EVERY_CLIENT
def test_classes_of_an_error(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """The report lists the classes of the exception and of its causes, so a wrapped error is
    recognized."""
    app = """\
        import urllib.request

        try:
            urllib.request.urlopen("http://192.0.2.1/")
        except OSError as error:
            raise RuntimeError("no configuration") from error
        """

    kinds = report(build(tmp_path, app, client, python))["kinds"]

    assert kinds[0] == "builtins.RuntimeError"
    assert {"urllib.error.URLError", "builtins.OSError"} <= set(kinds)


@EVERY_CLIENT
def test_full_name_of_a_missing_module(
    tmp_path: Path, python: tuple[int, int], client: str
) -> None:
    """Python names only the first missing package, but the report names the module."""
    app = """\
        import importlib

        try:
            importlib.import_module("site_of.orders.settings")
        except ImportError as error:
            raise RuntimeError("no settings") from error
        """

    found = report(build(tmp_path, app, client, python))

    assert found["sought"] == "site_of.orders.settings"


def test_statement_fails_in_an_imported_module(tmp_path: Path) -> None:
    """`import_module` found its argument, so the report names no module."""
    files = {
        "app.py": "import importlib\nimportlib.import_module('orders')\n",
        "orders.py": "import missing_one.deeper\n",
    }

    assert report(build(tmp_path, files))["sought"] == ""


def test_output_of_the_function(tmp_path: Path) -> None:
    """The logs do not contain the diagnosis."""
    found = report(build(tmp_path, "print('one')\nraise ValueError('two')\n"))

    assert [line for line in found["logs"].splitlines() if "one" in line or "{" in line] == ["one"]


HANDLERS = {
    "a coroutine function": "async def handler(event, context):\n    return event\n",
    "a generator function": "def handler(event, context):\n    yield event\n",
    "an asynchronous generator": "async def handler(event, context):\n    yield event\n",
    "a partial coroutine function": (
        "import functools\n\nasync def main(stage, event, context):\n    return event\n\n"
        "handler = functools.partial(main, 'test')\n"
    ),
    "a coroutine method": (
        "class App:\n    async def answer(self, event, context):\n        return event\n\n"
        "handler = App().answer\n"
    ),
    "a value": "handler = {}\n",
}


@BOTH_CLIENTS
@pytest.mark.parametrize("app", HANDLERS.values(), ids=list(HANDLERS))
def test_handler_fails_for_every_event(tmp_path: Path, app: str, client: str) -> None:
    """The reported error is the one that Lambda returns for an event."""
    built = build(tmp_path, {"app.py": app}, client)
    with built.start() as started:
        outcome = started.invoke(Invocation(b"{}"))

    found = report(built)

    response, reported = json.loads(outcome.payload), json.loads(found["payload"])
    assert found["error"] == response["errorType"] == reported["errorType"]
    assert reported["errorMessage"] == response["errorMessage"]
    lines = [number for number, line in enumerate(app.splitlines(), 1) if "def " in line]
    assert found["handler"] == (f"/var/task/app.py:{lines[0]}" if lines else "")


ANSWERING = {
    "decorated": (
        "import asyncio, functools\n\ndef runs(function):\n    @functools.wraps(function)\n"
        "    def run(*args):\n        return asyncio.run(build(*args))\n    return run\n\n"
        "@runs\nasync def handler(event, context):\n    return event\n"
    ),
    "an object": (
        "class App:\n    def __call__(self, event, context):\n        return event\n\n"
        "handler = App()\n"
    ),
    "a class": "class handler(dict):\n    def __init__(self, event, context): pass\n",
    "built in": "handler = max\n",
}


@pytest.mark.parametrize("app", ANSWERING.values(), ids=list(ANSWERING))
def test_handler_may_succeed(tmp_path: Path, app: str) -> None:
    """Only the object that Lambda calls is inspected."""
    assert report(build(tmp_path, {"app.py": app}))["error"] is None
