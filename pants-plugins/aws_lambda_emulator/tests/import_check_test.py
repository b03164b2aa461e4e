"""What `check` is told about functions, by real processes and either runtime client."""

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

from aws_lambda_emulator.function import Invocation
from aws_lambda_emulator.tests.made_functions import (
    VERSIONS,
    Files,
    Made,
    made,
    wheels_of_client,
    wheels_of_settings,
)

NEWEST = VERSIONS[-1]
CLIENTS = [(each, "stand-in") for each in VERSIONS] + [(each, "AWS's") for each in VERSIONS[2:]]
EVERY_CLIENT = pytest.mark.parametrize(
    ("python", "client"), CLIENTS, ids=[f"{c} python{p[0]}.{p[1]}" for p, c in CLIENTS]
)
ONE_OF_EACH = pytest.mark.parametrize("client", ["stand-in", "AWS's"])
HANDLER = "\ndef handler(event, context):\n    return event\n"


def function(
    folder: Path, app: str | Files, client: str = "stand-in", python: tuple[int, int] = NEWEST
) -> Made:
    wheels = wheels_of_client(python) if client == "AWS's" else []
    files = {"app.py": dedent(app) + HANDLER} if isinstance(app, str) else app
    return made(folder, files, python=python, wheels=wheels)


def report(of: Made) -> dict[str, Any]:
    """What the verb `check` prints."""
    command = [sys.executable, "-m", "aws_lambda_emulator", "check", of.artifact.code.path]
    command += ["--python", of.interpreter.path]
    if of.wheels:
        command += ["--wheels", str(Path(of.wheels[0]).parent)]
    said = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert said.stdout, said.stderr
    return json.loads(said.stdout)  # type: ignore[no-any-return]


def distribution(name: str, code: str) -> Files:
    """The files of an installed distribution of one module."""
    return {
        f"{name}.py": dedent(code),
        f"{name}-1.0.dist-info/RECORD": f"{name}.py,sha256=x,1\n{name}-1.0.dist-info/RECORD,,\n",
    }


@EVERY_CLIENT
def test_every_variable_at_once(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """The import is tried again until it starts; the error is that of the first attempt."""
    app = """\
        import os

        TABLE = os.environ["TABLE"]
        RETRIES = int(os.environ["RETRIES"])
        if not os.getenv("QUEUE"):
            raise RuntimeError("QUEUE missing")
        if "TOPIC" not in os.environ:
            raise SystemExit("set TOPIC")
        """

    found = report(function(tmp_path, app, client, python))

    assert found["unset_variables"] == ["TABLE", "RETRIES", "QUEUE", "TOPIC"]
    assert (found["error"], json.loads(found["payload"])["errorMessage"]) == ("KeyError", "'TABLE'")
    assert "TABLE missing" not in found["logs"]


FAILING = {
    "several in one message": (
        """\
        import os

        lacking = [each for each in ("A_TABLE", "A_QUEUE") if not os.environ.get(each)]
        if lacking:
            raise RuntimeError(f"missing: {lacking}")
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
    "a fallback, and another fault": (
        """\
        import os

        DEBUG = os.environ.get("DEBUG")
        LEVEL = os.environ.pop("LEVEL", None)
        PORT = os.environ.setdefault("PORT", "80")
        raise ValueError("DEBUG is off, and this is something else")
        """,
        [],
    ),
    "a placeholder that fails": (
        """\
        import os

        URL = os.environ.get("URL")
        if URL:
            raise ValueError("not a URL")
        raise RuntimeError("the real fault")
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


@ONE_OF_EACH
@pytest.mark.parametrize(("app", "names"), FAILING.values(), ids=list(FAILING))
def test_variables_that_make_a_difference(
    tmp_path: Path, app: str, names: list[str], client: str
) -> None:
    """A variable that the code looks up and does without is not reported."""
    assert report(function(tmp_path, app, client))["unset_variables"] == names


def test_variables_of_third_party_code(tmp_path: Path) -> None:
    """Only those that the error names: setting the others may break what works."""
    library = distribution(
        "library",
        """\
        import os

        PROFILE = os.environ.get("PROFILE")
        if not os.environ.get("REGISTRY"):
            raise LookupError("set REGISTRY, please")
        if PROFILE or not os.environ.get("TOKEN"):
            raise LookupError("no way")
        """,
    )

    found = report(function(tmp_path, {**library, "app.py": f"import library\n{HANDLER}"}))

    assert found["unset_variables"] == ["REGISTRY"]


# build-support/clients/run fetches pydantic for it.
PYTHON_OF_SETTINGS = (3, 13)
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


@ONE_OF_EACH
@pytest.mark.parametrize(("bases", "fields", "names"), MODELS.values(), ids=list(MODELS))
def test_a_model_of_the_environment(
    tmp_path: Path, bases: str, fields: str, names: list[str], client: str
) -> None:
    """The required fields that nobody set, as the variables that set them."""
    app = (
        "import os\nfrom pydantic import BaseModel, Field\n"
        "from pydantic_settings import BaseSettings\n"
        f"class Settings({bases}):\n    {fields}\n"
        f"Settings({'**os.environ' if 'BaseModel' in bases else ''})\n"
    )
    fn = function(tmp_path, app, client, PYTHON_OF_SETTINGS)
    for wheel in wheels_of_settings():
        ZipFile(wheel).extractall(fn.artifact.code.path)

    assert report(fn)["unset_variables"] == names


def test_a_model_of_something_else(tmp_path: Path) -> None:
    """A field that no variable sets is not reported."""
    app = (
        "from pydantic import BaseModel\n"
        "class Order(BaseModel):\n    TABLE: str\nOrder(SIZE=1)\n"
    )
    fn = function(tmp_path, app, python=PYTHON_OF_SETTINGS)
    for wheel in wheels_of_settings():
        ZipFile(wheel).extractall(fn.artifact.code.path)

    found = report(fn)

    assert found["kinds"][0].startswith("pydantic")
    assert found["unset_variables"] == []


def test_a_function_that_starts(tmp_path: Path) -> None:
    """What it looked up in vain is of no interest."""
    found = report(function(tmp_path, "import os\nDEBUG = os.environ.get('DEBUG')\n"))

    assert (found["error"], found["unset_variables"], found["kinds"]) == (None, [], [])


@EVERY_CLIENT
def test_the_classes_of_a_failure(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """Those of the exception and of what led to it, so that a wrapped error is known."""
    app = """\
        import urllib.request

        try:
            urllib.request.urlopen("http://192.0.2.1/")
        except OSError as error:
            raise RuntimeError("no configuration") from error
        """

    kinds = report(function(tmp_path, app, client, python))["kinds"]

    assert kinds[0] == "builtins.RuntimeError"
    assert {"urllib.error.URLError", "builtins.OSError"} <= set(kinds)


@EVERY_CLIENT
def test_the_whole_name_of_a_missing_module(
    tmp_path: Path, python: tuple[int, int], client: str
) -> None:
    """Python names the first package that is missing, and the caller wanted a module in it."""
    app = """\
        import importlib

        try:
            importlib.import_module("site_of.orders.settings")
        except ImportError as error:
            raise RuntimeError("no settings") from error
        """

    found = report(function(tmp_path, app, client, python))

    assert found["sought"] == "site_of.orders.settings"


def test_an_import_statement_in_a_module_that_is_imported_by_its_name(tmp_path: Path) -> None:
    """The module was found, so that the statement tells what is missing."""
    files = {
        "app.py": "import importlib\nimportlib.import_module('orders')\n",
        "orders.py": "import missing_one.deeper\n",
    }

    assert report(function(tmp_path, files))["sought"] == ""


def test_lines_that_the_function_writes(tmp_path: Path) -> None:
    """The note is not among them."""
    found = report(function(tmp_path, "print('one')\nraise ValueError('two')\n"))

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


@ONE_OF_EACH
@pytest.mark.parametrize("app", HANDLERS.values(), ids=list(HANDLERS))
def test_a_handler_that_never_answers(tmp_path: Path, app: str, client: str) -> None:
    """The error is the one that an event gets."""
    fn = function(tmp_path, {"app.py": app}, client)
    with fn.start() as started:
        outcome = started.invoke(Invocation(b"{}"))

    found = report(fn)

    answered, told = json.loads(outcome.payload), json.loads(found["payload"])
    assert found["error"] == answered["errorType"] == told["errorType"]
    assert told["errorMessage"] == answered["errorMessage"]
    lines = [number for number, line in enumerate(app.splitlines(), 1) if "def " in line]
    assert found["handler"] == (f"/var/task/app.py:{lines[0]}" if lines else "")


ANSWERING = {
    "decorated": (
        "import asyncio, functools\n\ndef runs(function):\n    @functools.wraps(function)\n"
        "    def run(*args):\n        return asyncio.run(function(*args))\n    return run\n\n"
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
def test_a_handler_that_answers(tmp_path: Path, app: str) -> None:
    """Only the object that Lambda calls counts."""
    assert report(function(tmp_path, {"app.py": app}))["error"] is None
