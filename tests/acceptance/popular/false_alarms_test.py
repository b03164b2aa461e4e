"""Correct functions that import popular distributions, about which no check may report anything.

Half of the functions are for arm64, and half for x86_64. With `--all-architectures`, each is for
both.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from acceptance.popular.pinned_repository import HERE, PantsRun, package, pinned_files
from environments.interpreters import require_python
from trial_repository.machine import Machine

VERSION = "3.13"
ARCHITECTURES = ("arm64", "x86_64")
_FUNCTION = """\
lambda_function(
    name="{name}",
    handler="{name}.py:handler",
    runtime="python{version}",
    architecture={architecture},
    ignore={ignore},
)
"""
# Findings that are true although the functions work. Pants reports an entry that matches no
# finding, which then counts as a false alarm.
_ACCEPTED = {
    # It requires setuptools, whose .pth file runs code at each start of Python.
    "chalice": ["L008:setuptools"],
}
# Findings that must not be reported for a correct function. Other findings at `info` may be.
_ALARM = re.compile(r"L\d{3} (?:error|warning): |L006 info: ")
# An event of API Gateway, for the handlers that are web applications.
_EVENT = {
    "resource": "/",
    "path": "/",
    "httpMethod": "GET",
    "headers": {"Host": "example.com"},
    "multiValueHeaders": {"Host": ["example.com"]},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "requestContext": {
        "httpMethod": "GET",
        "path": "/",
        "resourcePath": "/",
        "stage": "test",
        "identity": {"sourceIp": "192.0.2.1"},
    },
    "body": None,
    "isBase64Encoded": False,
}
_ENVIRONMENT = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_NAME": "popular",
    "AWS_REGION": "eu-west-1",
    "LANG": "en_US.UTF-8",
}


NAMES = sorted(path.stem for path in (HERE / "handlers").glob("*.py"))


@pytest.fixture(scope="module")
def architectures(pytestconfig: pytest.Config) -> list[Sequence[str]]:
    """The architectures of each function."""
    if pytestconfig.getoption("all_architectures"):
        return [ARCHITECTURES for _ in NAMES]
    return [(ARCHITECTURES[index % 2],) for index, _ in enumerate(NAMES)]


@pytest.fixture(scope="module")
def machine(
    make_machine: Callable[..., Machine], architectures: Sequence[Sequence[str]]
) -> Machine:
    """The repository with all functions."""
    functions = (
        _FUNCTION.format(
            name=name,
            version=VERSION,
            architecture=_architecture_field(its_architectures),
            ignore=_ACCEPTED.get(name, []),
        )
        for name, its_architectures in zip(NAMES, architectures, strict=True)
    )
    handlers = {
        f"src/popular/{name}.py": (HERE / f"handlers/{name}.py").read_text(encoding="utf-8")
        for name in NAMES
    }
    build = {"src/popular/BUILD": "python_sources()\n" + "".join(functions)}
    return make_machine("false_alarms", {**pinned_files({"popular": VERSION}), **handlers, **build})


@pytest.fixture(scope="module")
def first(machine: Machine) -> PantsRun:
    """A build of all functions. It also generates the lockfile."""
    run = package(machine, "::")
    machine.stop_daemon()
    assert run.succeeded, run.output
    return run


def test_no_false_alarms(first: PantsRun, architectures: Sequence[Sequence[str]]) -> None:
    """Every function is packaged for its architectures, without a false alarm."""
    findings = list(first.findings())
    for line, count in sorted(Counter(line for _, line in findings).items()):
        print(f"{count:3} times      {line}")
    for warning in first.warnings():
        print(f"warning        {warning}")

    assert [each for each in findings if _ALARM.match(each[1])] == []
    assert len(first.artifacts()) == sum(map(len, architectures))


def test_warm_build_has_the_same_findings(machine: Machine, first: PantsRun) -> None:
    """A new daemon gets results from the cache on disk, and reports the same."""
    second = package(machine, "::")

    assert second.succeeded, second.output
    assert sorted(second.findings()) == sorted(first.findings())


def test_functions_work(machine: Machine, first: PantsRun, tmp_path: Path) -> None:
    """Each function that can run on this machine answers an event."""
    here = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    packages = {
        path.stem.partition("@")[0]: path
        for path in sorted((machine.folder / "dist").rglob("*.zip"))
        if _architecture_of(path) == here or not _has_native_code(path)
    }
    print(f"{len(packages)} functions run on {here}")

    errors = {name: _invoke(path, tmp_path / name) for name, path in packages.items()}
    assert {name: error for name, error in errors.items() if error is not None} == {}
    assert packages


def _architecture_field(architectures: Sequence[str]) -> str:
    """The value of the field, as a BUILD file spells it."""
    values = ", ".join(f'"{each}"' for each in architectures)
    # Pants 2.17.1 refuses `parametrize` with one value.
    return values if len(architectures) == 1 else f"parametrize({values})"


def _architecture_of(package: Path) -> str:
    metadata = json.loads(Path(f"{package}.metadata.json").read_text(encoding="utf-8"))
    return str(metadata["architecture"])


def _has_native_code(package: Path) -> bool:
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                if file.read(4) == b"\x7fELF":
                    return True
    return False


def _invoke(package: Path, folder: Path) -> str | None:
    """The error output of an invocation, or `None` if it succeeds."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    python = require_python(VERSION)
    done = subprocess.run(
        [python, "-S", "-s", "-E", "-B", str(HERE / "invocation.py"), str(folder)],
        check=False,
        cwd=folder,
        env={**_ENVIRONMENT, "HOME": str(folder), "PATH": os.defpath},
        input=json.dumps(_EVENT),
        capture_output=True,
        encoding="utf-8",
    )
    return None if done.returncode == 0 else done.stderr.strip()[-2000:]
