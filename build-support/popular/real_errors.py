"""Packages functions that would fail in Lambda. Each must fail the build, for the right reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from environments.interpreters import require_python
from popular.pinned_repository import PantsRun, PinnedRepository
from popular.relabeled_wheels import make_wheels

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


def find_missed_errors(folder: Path) -> bool:
    """Whether every error is found. Prints the message about each function."""
    wheels = folder / "wheels"
    make_wheels(require_python("3.11"), wheels)
    repository = PinnedRepository(
        folder / "repository", {"failing": "3.13", "relabeled": "3.11"}, find_links=wheels
    )
    for name, function in FUNCTIONS.items():
        _write_function(repository, name, function)
    # The first run also generates the lockfiles.
    first = repository.pants("package", "::")
    print(f"real errors, first   {first.seconds:6.1f} s")
    found = [_is_found(first, name, function) for name, function in FUNCTIONS.items()]
    colliding = [name for name, function in FUNCTIONS.items() if function.settled]
    for name in colliding:
        proposed = _PROPOSED.search(_error_of(name, first))
        _write_function(repository, name, FUNCTIONS[name], proposed[0] if proposed else "")
    second = repository.pants("package", *(f"src/{name}:fn" for name in colliding))
    repository.stop_daemon()
    print(f"real errors, second  {second.seconds:6.1f} s")
    settled = [_is_settled(repository, second, name, FUNCTIONS[name]) for name in colliding]
    return all([*found, *settled])


def _write_function(
    repository: PinnedRepository, name: str, function: FailingFunction, collisions: str = ""
) -> None:
    fields = [
        'handler="api.py:handler",',
        f'runtime="{function.runtime}",',
        f'resolve="{function.resolve}",',
        function.fields,
        collisions and f"{collisions},",
    ]
    lines = "".join(f"    {each}\n" for each in ('name="fn",', *fields) if each)
    repository.write(
        f"src/{name}/BUILD",
        f'python_sources(resolve="{function.resolve}", '
        f'interpreter_constraints=["CPython=={function.runtime[len("python"):]}.*"])\n'
        f"lambda_function(\n{lines})\n",
    )
    repository.write(f"src/{name}/api.py", f"{function.imports}\n\n{_HANDLER}")
    for path, text in function.files.items():
        repository.write(f"src/{name}/{path}", text)


def _error_of(name: str, run: PantsRun) -> str:
    """The error message about one function, or ""."""
    errors = re.split(r"\n(?=\w+: )", run.output)
    return next((each for each in errors if f"src/{name}:fn" in each and "\n\n" in each), "")


def _is_found(run: PantsRun, name: str, function: FailingFunction) -> bool:
    """Whether the build fails for the right reason. Correct functions must not fail it."""
    error = _error_of(name, run)
    missing = [each for each in function.patterns if not re.search(each, error)]
    if missing or bool(error) != bool(function.patterns):
        print(f"MISSED         {name}: not in the error: {', '.join(missing)}\n{_indented(error)}")
        return False
    print(f"refused        {name}\n{_indented(error)}" if error else f"accepted       {name}")
    return True


def _is_settled(
    repository: PinnedRepository, run: PantsRun, name: str, function: FailingFunction
) -> bool:
    """Whether the function is built, and its metadata and the log list the settled collisions."""
    artifact = f"dist/src.{name}/fn.zip"
    if artifact not in run.artifacts():
        print(f"REFUSED        {name}\n{_indented(_error_of(name, run))}")
        return False
    metadata = repository.folder / f"{artifact}.metadata.json"
    resolutions = json.loads(metadata.read_text(encoding="utf-8"))["resolutions"]
    recorded = {each["path"] for each in resolutions}
    lines = run.output.partition(artifact)[2].partition("[INFO]")[0]
    [printed] = _SETTLED.findall(lines) or [""]
    print(f"settled        {name}: {printed}")
    print(_indented(json.dumps(resolutions, indent=2)))
    if missing := [path for path in function.settled if path not in recorded]:
        print(f"NOT RECORDED   {name}: {', '.join(missing)}")
    if unprinted := [path for path in function.settled if f"{path} -> " not in printed]:
        print(f"NOT PRINTED    {name}: {', '.join(unprinted)}")
    return not missing and not unprinted


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
