"""Finds the CPython interpreters of this machine, which read and run code for a runtime."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.core.subsystems.python_bootstrap import PythonBootstrap

from aws_lambda.pants_api import EnvironmentTarget, collect_rules, implicitly, rule, run_to_success
from aws_lambda.processes.sandbox_program import ProgramRun, prepare_program


@dataclass(frozen=True)
class Interpreter:
    """A CPython that works, with the SHA-256 of its executable.

    `version` is the major, minor and patch version. `is_release` is false for prereleases.
    """

    path: str
    version: tuple[int, int, int]
    sha256: str
    is_release: bool


@dataclass(frozen=True)
class Interpreters:
    """All interpreters: releases before prereleases, and newer versions before older ones."""

    found: tuple[Interpreter, ...]

    def at_least(self, python: tuple[int, int]) -> Interpreter | None:
        """Return an interpreter of this minor version, else of the next newer one, else `None`."""
        suitable = [each for each in self.found if each.version[:2] >= python]
        return min(suitable, key=lambda each: each.version[:2], default=None)

    def exactly(self, python: tuple[int, ...]) -> Interpreter | None:
        """Return the newest release with this minor or exact version, or `None`."""
        suitable = (e for e in self.found if e.is_release and e.version[: len(python)] == python)
        return next(suitable, None)


@rule(desc="Find Python interpreters")
async def find_interpreters(
    bootstrap: PythonBootstrap, environment: EnvironmentTarget
) -> Interpreters:
    result = await run_to_success(
        await prepare_program(
            ProgramRun(
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
