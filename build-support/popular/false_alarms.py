"""Packages and invokes correct functions, about which no check may report anything."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from environments.interpreters import require_python
from popular.pinned_repository import HERE, PantsRun, PinnedRepository

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


def find_false_alarms(folder: Path, *, every_architecture: bool = False) -> bool:
    """Whether all functions are packaged without a false alarm and work. Prints all results.

    Packages half of the functions for each architecture, or each function for both.
    """
    repository = PinnedRepository(folder, {"popular": VERSION})
    names = sorted(path.stem for path in (HERE / "handlers").glob("*.py"))
    shutil.copytree(HERE / "handlers", folder / "src" / "popular", dirs_exist_ok=True)
    architectures = [
        ARCHITECTURES if every_architecture else (ARCHITECTURES[index % 2],)
        for index in range(len(names))
    ]
    functions = (
        _FUNCTION.format(
            name=name,
            version=VERSION,
            architecture=_architecture_field(its_architectures),
            ignore=_ACCEPTED.get(name, []),
        )
        for name, its_architectures in zip(names, architectures)
    )
    repository.write("src/popular/BUILD", "python_sources()\n" + "".join(functions))

    # The first run also generates the lockfile. The second one gets its results from the cache on
    # disk, because its daemon is a new one.
    first = repository.pants("package", "::")
    repository.stop_daemon()
    second = repository.pants("package", "::")
    repository.stop_daemon()
    for run, name in ((first, "first"), (second, "second")):
        print(f"package, {name:6}  {run.seconds:6.1f} s   {len(run.artifacts())} artifacts")
    if not first.succeeded:
        print(first.output)
        return False
    return all(
        [
            len(first.artifacts()) == sum(map(len, architectures)),
            _has_no_false_alarms(first),
            _has_same_findings(first, second),
            _all_work(folder / "dist"),
        ]
    )


def _architecture_field(architectures: Sequence[str]) -> str:
    """The value of the field, as a BUILD file spells it."""
    values = ", ".join(f'"{each}"' for each in architectures)
    # Pants 2.17.1 refuses `parametrize` with one value.
    return values if len(architectures) == 1 else f"parametrize({values})"


def _has_no_false_alarms(run: PantsRun) -> bool:
    findings = list(run.findings())
    for warning in run.warnings():
        print(f"warning        {warning}")
    for line, count in sorted(Counter(line for _, line in findings).items()):
        print(f"{count:3} times      {line}")
    alarms = [(artifact, line) for artifact, line in findings if _ALARM.match(line)]
    for artifact, line in alarms:
        print(f"FALSE ALARM    {artifact}: {line}")
    print(f"false alarms   {len(alarms)} in {len(run.artifacts())} artifacts")
    return not alarms


def _has_same_findings(first: PantsRun, second: PantsRun) -> bool:
    same = second.succeeded and sorted(first.findings()) == sorted(second.findings())
    if not same:
        print("DIFFERENT      the second run, with a warm cache, has other findings:")
        print(*sorted(set(first.findings()) ^ set(second.findings())), sep="\n")
    return same


def _all_work(dist: Path) -> bool:
    """Whether the functions work that can run on this machine. Prints those that do not."""
    python = require_python(VERSION)
    here = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    packages = {
        package.stem.partition("@")[0]: package
        for package in sorted(dist.rglob("*.zip"))
        if _architecture_of(package) == here or not _has_native_code(package)
    }
    failed = 0
    for name, package in packages.items():
        error = _invoke(python, package)
        if error is not None:
            failed += 1
            print(f"DOES NOT WORK  {name}: {error}")
    print(f"invoked        {len(packages)} on {here} with {python}, {failed} failed")
    return bool(packages) and not failed


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


def _invoke(python: str, package: Path) -> str | None:
    """The error output of an invocation, or `None` if it succeeds."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        done = subprocess.run(
            [python, "-S", "-s", "-E", "-B", str(HERE / "invocation.py"), folder],
            check=False,
            cwd=folder,
            env={**_ENVIRONMENT, "HOME": folder, "PATH": os.defpath},
            input=json.dumps(_EVENT),
            capture_output=True,
            encoding="utf-8",
        )
    return None if done.returncode == 0 else done.stderr.strip()[-2000:]
