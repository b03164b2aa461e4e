"""What a handler finds: `sys.path`, modules that several have, `.pth` files, a wrapper."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.function import Invocation
from aws_lambda_emulator.tests.made_functions import (
    VERSIONS,
    Made,
    MadeFile,
    MadeLayer,
    made,
    wheels_of_client,
)

# Of a python3.13 function without layers, from its log, and as AWS's bootstrap does it before.
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
# At the end once more, until `site` of Python 3.15 looked for them in the path first.
AGAIN = ["/opt/python/lib/{python}/site-packages", "/opt/python"]

APP = """
import os, sys
def handler(event, context):
    return eval(event, {"os": os, "sys": sys, "import_": __import__})
"""


def paths(python: tuple[int, int], with_layers: bool = False) -> list[str]:
    """The paths that Lambda gives a function, without layers or with both folders of layers."""
    name = f"python{python[0]}.{python[1]}"
    found = [path for path, since in PATHS.items() if python >= since]
    found += [] if with_layers or python >= (3, 15) else AGAIN
    zip_name = name.replace(".", "") + ".zip"
    return [path.strip().format(python=name, zip=zip_name) for path in found]


def answer(function: Made, expression: str, **options: Any) -> Any:
    """What an expression is inside the function."""
    with function.start(**options) as started:
        outcome = started.invoke(Invocation(json.dumps(expression).encode()))
    assert outcome.error is None, outcome.logs.decode()
    return json.loads(outcome.payload)


def as_in_lambda(found: Sequence[str], function: Made) -> list[str]:
    """With the host's standard library at the place of Lambda's."""
    ask = "import sys; print(sys.base_prefix)"
    said = subprocess.run(
        [function.interpreter.path, "-I", "-c", ask], check=True, stdout=subprocess.PIPE, text=True
    )
    return [path.replace(said.stdout.strip() + "/lib", "/var/lang/lib") for path in found]


def wheels(python: tuple[int, int], client: str) -> list[str]:
    return wheels_of_client(python) if client == "AWS's" else []


CLIENTS = ["stand-in", "AWS's"]
RUNTIMES = [pytest.param(each, id=f"python{each[0]}.{each[1]}") for each in VERSIONS]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("python", RUNTIMES)
def test_the_order_of_the_path(tmp_path: Path, python: tuple[int, int], client: str) -> None:
    """Folders, working folder and prefix are Lambda's; layers that are not there may come again."""
    function = made(tmp_path, APP, python=python, wheels=wheels(python, client))

    path, folder, prefix = answer(function, "sys.path, os.getcwd(), sys.prefix")

    assert as_in_lambda(path, function) == paths(python)
    assert (folder, prefix) == ("/var/task", "/var/lang")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("python", RUNTIMES)
def test_the_order_of_the_path_in_plain_folders(
    tmp_path: Path, python: tuple[int, int], client: str
) -> None:
    """The same, below a folder that TMPDIR tells."""
    function = made(tmp_path, APP, python=python, wheels=wheels(python, client))
    expression = "sys.path, os.getcwd(), sys.prefix, os.environ['TMPDIR']"

    path, folder, prefix, scratch = answer(function, expression, own_view=False)

    root = scratch[: -len("/tmp")]
    found = [each.replace(root, "") for each in (*path, folder, prefix)]
    assert as_in_lambda(found, function) == [*paths(python), "/var/task", "/var/lang"]


@pytest.mark.parametrize("python", RUNTIMES)
def test_layers_that_are_there_come_once(tmp_path: Path, python: tuple[int, int]) -> None:
    """Only what did not exist when Python looked for it is added at the end."""
    name = f"python{python[0]}.{python[1]}"
    layer = MadeLayer({"python/a.py": "", f"python/lib/{name}/site-packages/b.py": ""})
    function = made(tmp_path, APP, python=python, layers=[layer])

    path = answer(function, "sys.path")

    assert as_in_lambda(path, function) == paths(python, with_layers=True)


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
@pytest.mark.parametrize("python", RUNTIMES)
def test_who_has_a_module(tmp_path: Path, python: tuple[int, int], own_view: bool) -> None:
    """The task before layers, these before the runtime and the standard library; later layers
    over earlier ones; `.pth` files of all of them count.
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
    first = MadeLayer(
        {
            "python/at_task.py": "of = 'first'",
            "python/in_both.py": "of = 'first'",
            "python/only_first.py": "of = 'first'",
            "python/chunk.py": "of = 'first'",
            "python/colorsys.py": "of = 'first'",
        }
    )
    second = MadeLayer(
        {
            "python/in_both.py": "of = 'second'",
            f"{bound}/only_first.py": "of = 'bound to the version'",
            "python/layer.pth": "/opt/pth\nimport sys; sys.of_pth = 1\n",
            "pth/by_layer_pth.py": "of = 'pth of layer'",
            "python/bootstrap.py": "of = 'second'",
            "python/stand_in.py": "of = 'second'",
        },
        is_folder=True,
    )
    function = made(tmp_path, files, python=python, layers=[first, second])
    expected = {
        "at_task": "task",
        "wave": "task",
        "colorsys": "first",
        "in_both": "second",
        "only_first": "bound to the version",
        "by_task_pth": "pth of task",
        "bootstrap": "second",
        "stand_in": "second",
    }
    if own_view:
        expected["by_layer_pth"] = "pth of layer"

    asked = ", ".join(f"'{each}': import_('{each}').of" for each in expected)
    found = answer(function, "{" + asked + "}, sys.of_pth", own_view=own_view)

    assert found == [expected, 1]


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_a_path_of_the_users_hides_the_layers(tmp_path: Path, own_view: bool) -> None:
    """With PYTHONPATH set, Lambda adds the task alone, and leaves the variable as it is."""
    layer = MadeLayer(
        {"python/a.py": "", "python/a.pth": "import sys; sys.seen = 1", "more/b.py": ""}
    )
    function = made(tmp_path, APP, layers=[layer])
    expression = "[each for each in sys.path if '/opt' in each], hasattr(sys, 'seen')"

    found, seen = answer(
        function, expression, own_view=own_view, variables={"PYTHONPATH": "/opt/more:/elsewhere"}
    )
    variable = answer(
        function,
        "os.environ['PYTHONPATH']",
        own_view=own_view,
        variables={"PYTHONPATH": "/opt/more:/elsewhere"},
    )

    assert [each[-len("/opt/more") :] for each in found] == ["/opt/more"]
    assert not seen
    assert variable.endswith("/opt/more:/elsewhere")


WRAPPER = MadeFile('#!/bin/sh\nexport WRAPPED="$1"\nexec "$@"\n', 0o755)
WRAPPERS: Mapping[str, Any] = {
    "/var/task/wrap": {"files": {"app.py": APP, "wrap": WRAPPER}},
    "/opt/wrap": {"files": APP, "layers": [MadeLayer({"wrap": WRAPPER})]},
}


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
@pytest.mark.parametrize("place", WRAPPERS)
def test_a_wrapper(tmp_path: Path, place: str, own_view: bool) -> None:
    """AWS_LAMBDA_EXEC_WRAPPER is started, and gets how to start the runtime as its arguments."""
    function = made(tmp_path, **WRAPPERS[place])

    wrapped = answer(
        function,
        "os.environ['WRAPPED']",
        own_view=own_view,
        variables={"AWS_LAMBDA_EXEC_WRAPPER": place},
    )

    assert wrapped.endswith(f"/var/lang/bin/{function.interpreter.name}")


def test_a_wrapper_that_cannot_be_executed(tmp_path: Path) -> None:
    """The log says which, and the init phase fails."""
    function = made(tmp_path, {"app.py": APP, "wrap": "#!/bin/sh\n"})

    with function.start(variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}) as started:
        outcome = started.invoke(Invocation(b"{}"))

    assert outcome.error == "Runtime.ExitError"
    assert b"/var/task/wrap cannot be executed: Permission denied\n" in outcome.logs
