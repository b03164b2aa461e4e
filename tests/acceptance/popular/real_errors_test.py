"""Functions that would fail in Lambda. Each must fail the build, for the right reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from acceptance.popular.pinned_repository import PantsRun, package, pinned_files
from acceptance.popular.relabeled_wheels import make_wheels
from environments.interpreters import require_python
from trial_repository.machine import Machine

_HANDLER = "def handler(event, context):\n    return event\n"
# The field that a message proposes to add to the target.
_PROPOSED = re.compile(r"collisions=\{.*?\}", re.DOTALL)
_SETTLED = re.compile(r"\n +Resolved: (.*)")
_JWT = ("jwt/__init__.py", "jwt/exceptions.py", "jwt/utils.py")
_TESTING = ("testing/__init__.py", "testing/http_util.py")


@dataclass(frozen=True)
class FailingFunction:
    """A function, and the error message that its build must print.

    `patterns` are regular expressions that must each match the message: the file, its requirement
    and the fix. `settled` are the paths of collisions that must be settled after the proposed field
    `collisions` was added to the target. Pants must print them, and the metadata must list them as
    `resolutions`. Without `patterns`, the first build must settle them.
    """

    imports: str
    fields: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    resolve: str = "failing"
    runtime: str = "python3.13"


FUNCTIONS: Mapping[str, FailingFunction] = {
    "glibc": FailingFunction(
        "from cryptography.fernet import Fernet\n",
        patterns=(
            r"L002  cryptography/hazmat/bindings/_rust\.abi3\.so of cryptography ",
            r"needs glibc 2\.28; python3\.11 on x86_64 has 2\.26\.",
            "To fix, lock a version of cryptography with a wheel tagged `manylinux_2_26` or older",
            r"or use python3\.12 or newer, which has glibc 2\.34\.",
            r"lambda-explain -- L002",
            r'`ignore=\["L002:cryptography"\]`',
        ),
        resolve="relabeled",
        runtime="python3.11",
    ),
    "processor": FailingFunction(
        "from markupsafe import escape\n",
        patterns=(
            r"L001  markupsafe/_speedups\.cpython-311-aarch64-linux-gnu\.so of markupsafe ",
            r"is built for 64-bit aarch64, not for python3\.11 on x86_64\.",
            r"To fix, lock a version of markupsafe with a wheel for x86_64, set "
            r'`architecture="arm64"`',
            r"lambda-explain -- L001",
            r'`ignore=\["L001:markupsafe"\]`',
        ),
        resolve="relabeled",
        runtime="python3.11",
    ),
    "library": FailingFunction(
        "import cv2\n",
        patterns=(
            r"L003  cv2/\S+\.so\S* and \d+ more files of opencv-python ",
            r"need libGL\.so\.1, .*which are not in Lambda's base system",
            "To fix, require opencv-python-headless instead of opencv-python",
            r"lambda-explain -- L003",
            r'`ignore=\["L003:opencv-python"\]`',
        ),
    ),
    # Neither its wheel nor Lambda contains unixODBC.
    "odbc": FailingFunction(
        "import pyodbc\n",
        patterns=(
            r"L003  pyodbc\.cpython-313-x86_64-linux-gnu\.so of pyodbc ",
            r"needs libodbc\.so\.2, which ",
            r"lambda-explain -- L003",
            r'`ignore=\["L003:pyodbc"\]`',
        ),
    ),
    "typo": FailingFunction(
        "from typo.orders import place\n",
        files={
            "orders.py": "from typo import prices\n\n\ndef place():\n    return prices.of(1)\n",
            "prices.py": "from typo.taxes import rate\n\n\ndef of(n):\n    return n * rate()\n",
            "taxes.py": "import decimel\n\n\ndef rate():\n    return decimel.Decimal('1.19')\n",
        },
        patterns=(
            r"L005  src/typo/taxes\.py:1 imports decimel, which is not in the artifact",
            r"typo\.api -> typo\.orders -> typo\.prices -> typo\.taxes",
            r"Similar names: decimal\.",
            "To fix, correct the import",
            r"lambda-explain -- L005",
            r'`ignore=\["L005:decimel"\]`',
        ),
    ),
    "two_jwt": FailingFunction(
        "import jwt  # pants: no-infer-dep\n",
        fields='dependencies=["3rdparty/python:failing#jwt", "3rdparty/python:failing#PyJWT"],',
        patterns=(
            r"Files collide in the `lambda_function` target src/two_jwt:fn: 3 paths ",
            *(rf"\n +{p}\n +jwt .*\n +pyjwt " for p in _JWT),
        ),
        settled=_JWT,
    ),
    # One depends on the other. Both contain a folder `testing`, whose collisions no rule settles.
    "two_testing": FailingFunction(
        "import ldclient\n",
        patterns=(
            r"Files collide in the `lambda_function` target src/two_testing:fn: 2 paths ",
            *(rf"\n +{p}\n +launchdarkly-eventsource .*\n +launchdarkly-server-" for p in _TESTING),
        ),
        settled=_TESTING,
    ),
    # This function is correct, but a rule settles a collision, which Pants must print.
    "two_tests": FailingFunction(
        "import draccus\nimport yamlpath\n",
        settled=("tests/conftest.py",),
    ),
}


COLLIDING = [name for name, function in FUNCTIONS.items() if function.settled]


@pytest.fixture(scope="module")
def machine(
    make_machine: Callable[..., Machine], tmp_path_factory: pytest.TempPathFactory
) -> Machine:
    """The repository with all functions."""
    wheels = tmp_path_factory.mktemp("wheels", numbered=False)
    make_wheels(require_python("3.11"), wheels)
    files = pinned_files({"failing": "3.13", "relabeled": "3.11"}, find_links=wheels)
    for name, function in FUNCTIONS.items():
        files.update(_files(name, function))
    return make_machine("real_errors", files)


@pytest.fixture(scope="module")
def first(machine: Machine) -> PantsRun:
    """A build of all functions. It also generates the lockfiles."""
    return package(machine, "::")


@pytest.fixture(scope="module")
def second(machine: Machine, first: PantsRun) -> PantsRun:
    """A build of the functions with collisions, after the proposed fields were added."""
    for name in COLLIDING:
        proposed = _PROPOSED.search(_error_of(name, first))
        machine.write(_files(name, FUNCTIONS[name], proposed[0] if proposed else ""))
    return package(machine, *(f"src/{name}:fn" for name in COLLIDING))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_are_found(first: PantsRun, name: str) -> None:
    """The error of a function names the file, its requirement and the fix."""
    error = _error_of(name, first)
    print(f"{name}\n{error}")

    patterns = FUNCTIONS[name].patterns
    assert [each for each in patterns if not re.search(each, error)] == []
    assert bool(error) == bool(patterns)


@pytest.mark.parametrize("name", COLLIDING)
def test_proposed_field_settles_collisions(machine: Machine, second: PantsRun, name: str) -> None:
    """The function is built, and its metadata and the log list the settled collisions."""
    artifact = f"dist/src.{name}/fn.zip"
    assert artifact in second.artifacts(), _error_of(name, second)
    metadata = machine.folder / f"{artifact}.metadata.json"
    resolutions = json.loads(metadata.read_text(encoding="utf-8"))["resolutions"]
    lines = second.output.partition(artifact)[2].partition("[INFO]")[0]
    [printed] = _SETTLED.findall(lines)
    print(f"{name}: {printed}")

    settled = FUNCTIONS[name].settled
    assert {*settled} <= {each["path"] for each in resolutions}
    assert [path for path in settled if f"{path} -> " not in printed] == []


def _files(name: str, function: FailingFunction, collisions: str = "") -> dict[str, str]:
    fields = [
        'handler="api.py:handler",',
        f'runtime="{function.runtime}",',
        f'resolve="{function.resolve}",',
        function.fields,
        collisions and f"{collisions},",
    ]
    lines = "".join(f"    {each}\n" for each in ('name="fn",', *fields) if each)
    version = function.runtime.removeprefix("python")
    files = {
        "BUILD": f'python_sources(resolve="{function.resolve}", '
        f'interpreter_constraints=["CPython=={version}.*"])\n'
        f"lambda_function(\n{lines})\n",
        "api.py": f"{function.imports}\n\n{_HANDLER}",
        **function.files,
    }
    return {f"src/{name}/{path}": text for path, text in files.items()}


def _error_of(name: str, run: PantsRun) -> str:
    """The error message about one function, or ""."""
    errors = re.split(r"\n(?=\w+: )", run.output)
    return next((each for each in errors if f"src/{name}:fn" in each and "\n\n" in each), "")
