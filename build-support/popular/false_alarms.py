"""Correct functions over popular distributions: all are built, none is accused, all work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from popular.interpreter import find_python
from popular.repository import HERE, MadeRepository, Ran

VERSION = "3.13"
_FUNCTION = """\
lambda_function(
    name="{name}",
    handler="{name}.py:handler",
    runtime="python{version}",
    architecture=parametrize("arm64", "x86_64"),
    ignore={ignore},
)
"""
# True findings of functions that work. One that is not found is told, and so is an alarm.
_ACCEPTED = {
    # It requires setuptools, whose .pth file runs code at every start.
    "chalice": ["L008:setuptools"],
}
# What must not be said of a correct function; the rest of the findings at `info` may be.
_ALARM = re.compile(r"L\d{3} (?:error|warning): |L006 info: ")
# What API Gateway sends, for the handlers that are web applications.
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


def find_false_alarms(folder: Path) -> bool:
    """Whether all is well. Prints what was measured and seen."""
    repository = MadeRepository(folder, {"popular": VERSION})
    names = sorted(path.stem for path in (HERE / "handlers").glob("*.py"))
    shutil.copytree(HERE / "handlers", folder / "src" / "popular", dirs_exist_ok=True)
    functions = (
        _FUNCTION.format(name=name, version=VERSION, ignore=_ACCEPTED.get(name, []))
        for name in names
    )
    repository.write("src/popular/BUILD", "python_sources()\n" + "".join(functions))

    locked = repository.lock()
    print(f"lock           {locked.seconds:6.1f} s")
    if not locked.succeeded:
        print(locked.said)
        return False
    first, again = repository.pants("package", "::"), repository.pants("package", "::")
    for ran, when in ((first, "first"), (again, "again")):
        print(f"package, {when} {ran.seconds:6.1f} s   {len(ran.artifacts())} artifacts")
    if not first.succeeded:
        print(first.said)
        return False
    return all(
        [
            len(first.artifacts()) == 2 * len(names),
            _nothing_is_accused(first),
            _the_same_is_said_again(first, again),
            _all_work(folder / "dist", names),
        ]
    )


def _nothing_is_accused(ran: Ran) -> bool:
    said = list(ran.findings())
    for warning in ran.warnings():
        print(f"Pants warned   {warning}")
    for line, count in sorted(Counter(line for _, line in said).items()):
        print(f"found {count:3} times {line}")
    alarms = [(artifact, line) for artifact, line in said if _ALARM.match(line)]
    for artifact, line in alarms:
        print(f"FALSE ALARM    {artifact}: {line}")
    print(f"false alarms   {len(alarms)} in {len(ran.artifacts())} artifacts")
    return not alarms


def _the_same_is_said_again(first: Ran, again: Ran) -> bool:
    same = again.succeeded and sorted(first.findings()) == sorted(again.findings())
    if not same:
        print("NOT THE SAME   a cached run finds something else:")
        print(*sorted(set(first.findings()) ^ set(again.findings())), sep="\n")
    return same


def _all_work(dist: Path, names: list[str]) -> bool:
    python = find_python(VERSION)
    failed = 0
    for name in names:
        [package] = dist.rglob(f"{name}@*x86_64.zip")
        said = _invoke(python, package)
        if said is not None:
            failed += 1
            print(f"DOES NOT WORK  {name}: {said}")
    print(f"invoked        {len(names)} for x86_64 with {python}, {failed} failed")
    return not failed


def _invoke(python: str, package: Path) -> str | None:
    """What went wrong, if something did."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        done = subprocess.run(
            [python, "-S", "-s", "-E", "-B", str(HERE / "invoke.py"), folder],
            check=False,
            cwd=folder,
            env={**_ENVIRONMENT, "HOME": folder, "PATH": os.defpath},
            input=json.dumps(_EVENT),
            capture_output=True,
            encoding="utf-8",
        )
    return None if done.returncode == 0 else done.stderr.strip()[-2000:]
