"""Which CPython interpreters this machine has, for reading and running code of a runtime."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.core.subsystems.python_bootstrap import PythonBootstrap

from aws_lambda.pants_api import EnvironmentTarget, collect_rules, implicitly, rule, run_to_success
from aws_lambda.processes.sandbox_program import SandboxRun, prepare_sandbox


@dataclass(frozen=True)
class Interpreter:
    """A working CPython, with the SHA-256 of its executable."""

    path: str
    version: tuple[int, int, int]
    sha256: str
    is_release: bool


@dataclass(frozen=True)
class Interpreters:
    """The interpreters that were found, best first: releases before others, then the newest."""

    found: tuple[Interpreter, ...]

    def at_least(self, python: tuple[int, int]) -> Interpreter | None:
        """One of this minor version if there is one, else the next newer, else `None`."""
        fit = [each for each in self.found if each.version[:2] >= python]
        return min(fit, key=lambda each: each.version[:2], default=None)

    def exactly(self, python: tuple[int, ...]) -> Interpreter | None:
        """The best release of this version, minor or exact, if there is one."""
        fit = (e for e in self.found if e.is_release and e.version[: len(python)] == python)
        return next(fit, None)


@rule(desc="Find Python interpreters")
async def find_interpreters(
    bootstrap: PythonBootstrap, environment: EnvironmentTarget
) -> Interpreters:
    result = await run_to_success(
        await prepare_sandbox(
            SandboxRun(
                program="find_interpreters.py",
                argv=bootstrap.interpreter_search_paths,
                description="Find Python interpreters",
                cache_scope=environment.executable_search_path_cache_scope(),
            ),
            **implicitly(),
        )
    )
    found = (
        Interpreter(each["path"], tuple(each["version"]), each["sha256"], each["release"])
        for each in json.loads(result.stdout)
    )
    return Interpreters(
        tuple(sorted(found, key=lambda i: (not i.is_release, *(-n for n in i.version), i.path)))
    )


def rules() -> Iterable[Any]:
    return collect_rules()
