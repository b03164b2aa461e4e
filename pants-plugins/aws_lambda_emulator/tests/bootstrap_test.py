"""The environment of a handler: `sys.path`, module precedence, `.pth` files and wrappers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.tests.function_builder import (
    VERSIONS,
    BuiltFunction,
    SourceFile,
    SourceLayer,
    build_function,
    client_wheels,
)

# The paths of a python3.13 function without layers, from its log, with the first Python version
# that has each path, from AWS's bootstrap files.
PATHS = {
    "/var/task": (3, 8),
    "/opt/python/lib/{python}/site-packages": (3, 8),
    "/opt/python": (3, 8),
    "/var/lang/lib/{python}/site-packages": (3, 11),
    "/var/runtime": (3, 8),
    "/var/lang/lib/{zip}": (3, 8),
    "/var/lang/lib/{python}": (3, 8),
    "/var/lang/lib/{python}/lib-dynload": (3, 8),
    "/var/lang/lib/{python}/site-packages ": (3, 8),
}
# Added again at the end up to Python 3.14. `site` of Python 3.15 skips paths that are there
# already.
REPEATED_PATHS = ["/opt/python/lib/{python}/site-packages", "/opt/python"]

APP = """
import os, sys
def handler(event, context):
    return eval(event, {"os": os, "sys": sys, "import_": __import__})
"""


def lambda_paths(python: tuple[int, int], with_layers: bool = False) -> list[str]:
    """The order of `sys.path` in Lambda, without layers or with both folders of layers."""
    name = f"python{python[0]}.{python[1]}"
    found = [path for path, since in PATHS.items() if python >= since]
    found += [] if with_layers or python >= (3, 15) else REPEATED_PATHS
    zip_name = name.replace(".", "") + ".zip"
    return [path.strip().format(python=name, zip=zip_name) for path in found]


def evaluate(function: BuiltFunction, expression: str, **options: Any) -> Any:
    """Evaluate an expression in the function."""
    with function.start(**options) as started:
        outcome = started.invoke(Invocation(json.dumps(expression).encode()))
    assert outcome.error is None, outcome.logs.decode()
    return json.loads(outcome.payload)


def with_lambda_paths(found: Sequence[str], function: BuiltFunction) -> list[str]:
    """Replace the path of the host's standard library with Lambda's."""
    program = "import sys; print(sys.base_prefix)"
    done = subprocess.run(
        [function.interpreter.path, "-I", "-c", program],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [path.replace(done.stdout.strip() + "/lib", "/var/lang/lib") for path in found]


def wheels_for(python: tuple[int, int], client: str) -> list[str]:
    return client_wheels(python) if client == "AWS's" else []


CLIENTS = ["fallback", "AWS's"]
RUNTIMES = [pytest.param(each, id=f"python{each[0]}.{each[1]}") for each in VERSIONS]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("python", RUNTIMES)
def test_order_of_sys_path(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """The order of folders, the working directory and the prefix are the same as in Lambda."""
    function = build_function(tmp_path, APP, python=python, wheels=wheels_for(python, client))

    path, folder, prefix = evaluate(function, "sys.path, os.getcwd(), sys.prefix")

    assert with_lambda_paths(path, function) == lambda_paths(python)
    assert (folder, prefix) == ("/var/task", "/var/lang")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("python", RUNTIMES)
def test_order_of_sys_path_in_plain_folders(
    tmp_path: Path, python: tuple[int, int], client: str
) -> None:
    """The order is the same below the folder that TMPDIR names."""
    function = build_function(tmp_path, APP, python=python, wheels=wheels_for(python, client))
    expression = "sys.path, os.getcwd(), sys.prefix, os.environ['TMPDIR']"

    path, folder, prefix, scratch = evaluate(function, expression, own_view=False)

    root = scratch[: -len("/tmp")]
    found = [each.replace(root, "") for each in (*path, folder, prefix)]
    assert with_lambda_paths(found, function) == [*lambda_paths(python), "/var/task", "/var/lang"]


@pytest.mark.parametrize("python", RUNTIMES)
def test_existing_layers_are_listed_once(tmp_path: Path, python: tuple[int, int]) -> None:
    """Python adds only the folders again that did not exist when it looked for them."""
    name = f"python{python[0]}.{python[1]}"
    layer = SourceLayer({"python/a.py": "", f"python/lib/{name}/site-packages/b.py": ""})
    function = build_function(tmp_path, APP, python=python, layers=[layer])

    path = evaluate(function, "sys.path")

    assert with_lambda_paths(path, function) == lambda_paths(python, with_layers=True)


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
@pytest.mark.parametrize("python", RUNTIMES)
def test_precedence_of_modules(tmp_path: Path, python: tuple[int, int], own_view: bool) -> None:
    """The task precedes the layers, and these precede the runtime and the standard library.

    Later layers precede earlier ones. `.pth` files of all of them are processed.
    """
    name = f"python{python[0]}.{python[1]}"
    bound = f"python/lib/{name}/site-packages"
    files = {
        "app.py": APP,
        "at_task.py": "of = 'task'",
        "wave.py": "of = 'task'",
        "task.pth": "pth\n",
        "pth/by_task_pth.py": "of = 'pth of task'",
    }
    first = SourceLayer(
        {
            "python/at_task.py": "of = 'first'",
            "python/in_both.py": "of = 'first'",
            "python/only_first.py": "of = 'first'",
            "python/chunk.py": "of = 'first'",
            "python/colorsys.py": "of = 'first'",
        }
    )
    second = SourceLayer(
        {
            "python/in_both.py": "of = 'second'",
            f"{bound}/only_first.py": "of = 'bound to the version'",
            "python/layer.pth": "/opt/pth\nimport sys; sys.of_pth = 1\n",
            "pth/by_layer_pth.py": "of = 'pth of layer'",
            "python/bootstrap.py": "of = 'second'",
            "python/fallback_client.py": "of = 'second'",
        },
        is_folder=True,
    )
    function = build_function(tmp_path, files, python=python, layers=[first, second])
    expected = {
        "at_task": "task",
        "wave": "task",
        "colorsys": "first",
        "in_both": "second",
        "only_first": "bound to the version",
        "by_task_pth": "pth of task",
        "bootstrap": "second",
        "fallback_client": "second",
    }
    if own_view:
        expected["by_layer_pth"] = "pth of layer"

    expressions = ", ".join(f"'{each}': import_('{each}').of" for each in expected)
    found = evaluate(function, "{" + expressions + "}, sys.of_pth", own_view=own_view)

    assert found == [expected, 1]


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_pythonpath_hides_the_layers(tmp_path: Path, own_view: bool) -> None:
    """If PYTHONPATH is set, Lambda adds only the task and leaves the variable unchanged."""
    layer = SourceLayer(
        {"python/a.py": "", "python/a.pth": "import sys; sys.seen = 1", "more/b.py": ""}
    )
    function = build_function(tmp_path, APP, layers=[layer])
    expression = "[each for each in sys.path if '/opt' in each], hasattr(sys, 'seen')"

    found, seen = evaluate(
        function, expression, own_view=own_view, variables={"PYTHONPATH": "/opt/more:/elsewhere"}
    )
    variable = evaluate(
        function,
        "os.environ['PYTHONPATH']",
        own_view=own_view,
        variables={"PYTHONPATH": "/opt/more:/elsewhere"},
    )

    assert [each[-len("/opt/more") :] for each in found] == ["/opt/more"]
    assert not seen
    assert variable.endswith("/opt/more:/elsewhere")


WRAPPER = SourceFile('#!/bin/sh\nexport WRAPPED="$1"\nexec "$@"\n', 0o755)
WRAPPERS: Mapping[str, Any] = {
    "/var/task/wrap": {"files": {"app.py": APP, "wrap": WRAPPER}},
    "/opt/wrap": {"files": APP, "layers": [SourceLayer({"wrap": WRAPPER})]},
}


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
@pytest.mark.parametrize("place", WRAPPERS)
def test_wrapper_starts_the_runtime(tmp_path: Path, place: str, own_view: bool) -> None:
    """AWS_LAMBDA_EXEC_WRAPPER is started with the command of the runtime as its arguments."""
    function = build_function(tmp_path, **WRAPPERS[place])

    wrapped = evaluate(
        function,
        "os.environ['WRAPPED']",
        own_view=own_view,
        variables={"AWS_LAMBDA_EXEC_WRAPPER": place},
    )

    assert wrapped.endswith(f"/var/lang/bin/{function.interpreter.name}")


def test_wrapper_is_not_executable(tmp_path: Path) -> None:
    """The log names the wrapper, and the init phase fails."""
    function = build_function(tmp_path, {"app.py": APP, "wrap": "#!/bin/sh\n"})

    with function.start(variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}) as started:
        outcome = started.invoke(Invocation(b"{}"))

    assert outcome.error == "Runtime.ExitError"
    assert b"/var/task/wrap cannot be executed: Permission denied\n" in outcome.logs
