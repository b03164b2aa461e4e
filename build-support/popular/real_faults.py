"""Functions that would fail in Lambda: each has to fail the build, and for the right reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from popular.interpreter import find_python
from popular.relabel import make_wheels
from popular.repository import MadeRepository, Ran

_HANDLER = "def handler(event, context):\n    return event\n"
# As a message offers it, to be pasted into the target.
_OFFER = re.compile(r"collisions=\{.*?\}", re.DOTALL)
_SETTLED = re.compile(r"\n +Settled: (.*)")
_JWT = ("jwt/__init__.py", "jwt/exceptions.py", "jwt/utils.py")
_TESTING = ("testing/__init__.py", "testing/http_util.py")


@dataclass(frozen=True)
class Fault:
    """A function, and what the build must say of it.

    `patterns` are searched in what ./pants says, each alone: the file, what it needs, and the fix.
    `settles` are paths that must be printed as settled, and stand among the `resolutions`, after
    the offered `collisions` were pasted; without `patterns`, at once.
    """

    imports: str
    fields: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    resolve: str = "failing"
    runtime: str = "python3.13"


FAULTS: Mapping[str, Fault] = {
    "glibc": Fault(
        "from cryptography.fernet import Fernet\n",
        patterns=(
            r"L002  cryptography/hazmat/bindings/_rust\.abi3\.so of cryptography ",
            r"needs glibc 2\.28; python3\.11 on x86_64 has 2\.26\.",
            "To fix, lock a version of cryptography with a wheel tagged `manylinux_2_26` or older",
            r"or take python3\.12 or newer, with 2\.34\.",
            r"docs/reference/checks\.md#l002",
            r'`ignore=\["L002:cryptography"\]`',
        ),
        resolve="relabelled",
        runtime="python3.11",
    ),
    "processor": Fault(
        "from markupsafe import escape\n",
        patterns=(
            r"L001  markupsafe/_speedups\.cpython-311-aarch64-linux-gnu\.so of markupsafe ",
            r"is built for 64-bit aarch64, not for python3\.11 on x86_64\.",
            r"To fix, lock a version of markupsafe with a wheel for x86_64, or set "
            r'`architecture="arm64"`',
            r"docs/reference/checks\.md#l001",
            r'`ignore=\["L001:markupsafe"\]`',
        ),
        resolve="relabelled",
        runtime="python3.11",
    ),
    "library": Fault(
        "import cv2\n",
        patterns=(
            r"L003  cv2/\S+\.so\S* and \d+ more files of opencv-python ",
            r"need libGL\.so\.1, .*which Lambda's base system lacks",
            "To fix, require opencv-python-headless in place of opencv-python",
            r"docs/reference/checks\.md#l003",
            r'`ignore=\["L003:opencv-python"\]`',
        ),
    ),
    # Its wheel has no unixODBC, and neither has Lambda.
    "odbc": Fault(
        "import pyodbc\n",
        patterns=(
            r"L003  pyodbc\.cpython-313-x86_64-linux-gnu\.so of pyodbc ",
            r"needs libodbc\.so\.2, which ",
            r"docs/reference/checks\.md#l003",
            r'`ignore=\["L003:pyodbc"\]`',
        ),
    ),
    "typo": Fault(
        "from typo.orders import place\n",
        files={
            "orders.py": "from typo import prices\n\n\ndef place():\n    return prices.of(1)\n",
            "prices.py": "from typo.taxes import rate\n\n\ndef of(n):\n    return n * rate()\n",
            "taxes.py": "import decimel\n\n\ndef rate():\n    return decimel.Decimal('1.19')\n",
        },
        patterns=(
            r"L005  src/typo/taxes\.py:1 imports decimel, which neither the artifact nor ",
            r"typo\.api -> typo\.orders -> typo\.prices -> typo\.taxes",
            r"Near names: decimal\.",
            "To fix, correct the import",
            r"docs/reference/checks\.md#l005",
            r'`ignore=\["L005:decimel"\]`',
        ),
    ),
    "two_jwt": Fault(
        "import jwt  # pants: no-infer-dep\n",
        fields='dependencies=["3rdparty/python:failing#jwt", "3rdparty/python:failing#PyJWT"],',
        patterns=(
            r"Files collide in the `lambda_function` target src/two_jwt:fn: 3 paths ",
            *(rf"\n +{p}\n +jwt .*\n +pyjwt " for p in _JWT),
        ),
        settles=_JWT,
    ),
    # One needs the other, and both bring a folder `testing`, which is none of the usual names.
    "two_testing": Fault(
        "import ldclient\n",
        patterns=(
            r"Files collide in the `lambda_function` target src/two_testing:fn: 2 paths ",
            *(rf"\n +{p}\n +launchdarkly-eventsource .*\n +launchdarkly-server-" for p in _TESTING),
        ),
        settles=_TESTING,
    ),
    # No fault, and yet something is decided: it must not be silent.
    "two_tests": Fault(
        "import draccus\nimport yamlpath\n",
        settles=("tests/conftest.py",),
    ),
}


def find_missed_faults(folder: Path) -> bool:
    """Whether every fault is found. Prints what was said of each."""
    wheels = folder / "wheels"
    make_wheels(find_python("3.11"), wheels)
    repository = MadeRepository(
        folder / "repository", {"failing": "3.13", "relabelled": "3.11"}, find_links=wheels
    )
    for name, fault in FAULTS.items():
        _write(repository, name, fault)
    locked = repository.lock()
    print(f"faults, lock   {locked.seconds:6.1f} s")
    if not locked.succeeded:
        print(locked.said)
        return False
    ran = repository.pants("package", "::")
    print(f"faults, first  {ran.seconds:6.1f} s")
    found = [_is_found(ran, name, fault) for name, fault in FAULTS.items()]
    settled = [name for name, fault in FAULTS.items() if fault.settles]
    for name in settled:
        offer = _OFFER.search(_said_of(name, ran))
        _write(repository, name, FAULTS[name], offer[0] if offer else "")
    ran = repository.pants("package", *(f"src/{name}:fn" for name in settled))
    print(f"faults, again  {ran.seconds:6.1f} s")
    told = [_is_told(repository, ran, name, FAULTS[name]) for name in settled]
    return all([*found, *told])


def _write(repository: MadeRepository, name: str, fault: Fault, collisions: str = "") -> None:
    fields = [
        'handler="api.py:handler",',
        f'runtime="{fault.runtime}",',
        f'resolve="{fault.resolve}",',
        fault.fields,
        collisions and f"{collisions},",
    ]
    lines = "".join(f"    {each}\n" for each in ('name="fn",', *fields) if each)
    repository.write(
        f"src/{name}/BUILD",
        f'python_sources(resolve="{fault.resolve}", '
        f'interpreter_constraints=["CPython=={fault.runtime[len("python"):]}.*"])\n'
        f"lambda_function(\n{lines})\n",
    )
    repository.write(f"src/{name}/api.py", f"{fault.imports}\n\n{_HANDLER}")
    for path, text in fault.files.items():
        repository.write(f"src/{name}/{path}", text)


def _said_of(name: str, ran: Ran) -> str:
    """The error of one function, of the errors that a run ends in; else nothing."""
    errors = re.split(r"\n(?=\w+: )", ran.said)
    return next((each for each in errors if f"src/{name}:fn" in each and "\n\n" in each), "")


def _is_found(ran: Ran, name: str, fault: Fault) -> bool:
    """Whether the function is refused for its fault; one without a fault must not be."""
    said = _said_of(name, ran)
    missing = [each for each in fault.patterns if not re.search(each, said)]
    if missing or bool(said) != bool(fault.patterns):
        print(f"MISSED         {name}: not said: {', '.join(missing)}\n{_indented(said)}")
        return False
    print(f"refused        {name}\n{_indented(said)}" if said else f"accepted       {name}")
    return True


def _is_told(repository: MadeRepository, ran: Ran, name: str, fault: Fault) -> bool:
    """Whether the function is built, and its metadata and the log say what was decided."""
    built = f"dist/src.{name}/fn.zip"
    if built not in ran.artifacts():
        print(f"REFUSED        {name}\n{_indented(_said_of(name, ran))}")
        return False
    metadata = repository.folder / f"{built}.metadata.json"
    resolutions = json.loads(metadata.read_text(encoding="utf-8"))["resolutions"]
    told = {each["path"] for each in resolutions}
    [printed] = _SETTLED.findall(ran.said.partition(built)[2].partition("[INFO]")[0]) or [""]
    print(f"settled        {name}: {printed}")
    print(_indented(json.dumps(resolutions, indent=2)))
    if missing := [path for path in fault.settles if path not in told]:
        print(f"SILENT         {name}: not among the resolutions: {', '.join(missing)}")
    if unsaid := [path for path in fault.settles if f"{path} -> " not in printed]:
        print(f"SILENT         {name}: not printed as settled: {', '.join(unsaid)}")
    return not missing and not unsaid


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
