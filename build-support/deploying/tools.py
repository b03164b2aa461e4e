"""Runs tools that deploy, and reports the results of checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trial_repository.processes import inherited_environment

# The name of a check, and whether it passed.
Result = tuple[str, bool]

_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "CI": "true",
    "SAM_CLI_TELEMETRY": "0",
}


class MissingTool(Exception):
    """A tool that this machine lacks, so its checks are skipped. The text is the reason."""


@dataclass(frozen=True)
class Tools:
    """Programs of some folders, which run in `folder`. `variables` are added to the environment."""

    folder: Path
    programs: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str, exit_code: int = 0) -> bool:
        """Run a command, and print its output if it ends with another exit code."""
        return self.output(*command, exit_code=exit_code) is not None

    def output(self, *command: str, exit_code: int = 0) -> str | None:
        """The standard output of a command, or `None` if it ends with another exit code."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode == exit_code:
            return done.stdout
        print(" ".join(command), done.stdout, done.stderr, sep="\n", file=sys.stderr, flush=True)
        return None

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([*map(str, self.programs), os.environ["PATH"]])
        return {**inherited_environment(), **_VARIABLES, "PATH": path, **self.variables}


@dataclass(frozen=True)
class Artifacts:
    """The artifacts of this repository that the examples deploy. `dist` contains them."""

    dist: Path
    functions: Mapping[str, str]

    @property
    def zips(self) -> list[str]:
        """The paths of all functions and their layers, in the order of the functions."""
        layers = [each["path"] for name in self.functions for each in self.of(name)["layers"]]
        return [*self.functions.values(), *layers]

    def of(self, function: str) -> dict[str, Any]:
        """The metadata of a function."""
        return self.metadata(self.functions[function])

    def metadata(self, path: str) -> dict[str, Any]:
        text = (self.dist / f"{path}.metadata.json").read_text(encoding="utf-8")
        metadata: dict[str, Any] = json.loads(text)
        return metadata


def report(tool: str, results: Iterator[Result]) -> bool:
    """Print each result when it is known. Returns whether all checks passed."""
    passed = True
    try:
        for name, succeeded in results:
            print(f"{'passed ' if succeeded else 'FAILED '} {tool}: {name}", flush=True)
            passed = passed and succeeded
    except MissingTool as missing:
        print(f"skipped {tool}: {missing}", flush=True)
    return passed
