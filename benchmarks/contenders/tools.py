"""The programs of the other contenders, in a separate environment, and CPython 3.13."""

from __future__ import annotations

import os
from functools import cache, cached_property
from pathlib import Path

from benchmarks.contenders.contender import inherited_environment, run
from benchmarks.projects.project import REQUIREMENTS, RUNTIME, write
from environments.environment import ensure_environment
from environments.interpreters import require_python

_MINOR = RUNTIME.removeprefix("python")
# A program that prints the complete platform.
_PLATFORM = """\
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import find_architecture, find_runtime, known_runtimes
runtime = find_runtime("{runtime}", known_runtimes({{}}), where="here")
print(compute_platform(runtime, find_architecture("x86_64", where="here")).as_json())
"""


class Tools:
    """The programs of peers, installed on first use, because `--peers ours` does not need them."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    @cached_property
    def python(self) -> Path:
        """The Python of an environment with pip, uv and sam."""
        return ensure_environment("peers", REQUIREMENTS / "peers.txt", _MINOR)

    def environment(self) -> dict[str, str]:
        """Environment variables of the peers, with their programs first on PATH.

        Peers do not read pip.conf, because additional indexes and constraints take more time.
        """
        found = inherited_environment()
        return {
            **found,
            "PATH": f"{self.python.parent}{os.pathsep}{found.get('PATH', os.defpath)}",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(self._cache / "sam"),
            "AWS_DEFAULT_REGION": "eu-west-1",
        }

    def write_pins(self, pins: str, distributions: tuple[str, ...], file: Path) -> None:
        """Write the pins of some distributions and of their dependencies into a file.

        `pins` is the name of the constraints. Without `distributions`, writes all of them.
        """
        whole = REQUIREMENTS / f"{pins}.constraints.txt"
        if not distributions:
            write(file, whole.read_text(encoding="utf-8"))
            return
        requirements = file.with_suffix(".in")
        write(requirements, "\n".join(distributions) + "\n")
        options = ["--quiet", "--no-header", "--no-annotate", "--python-version", "3.13"]
        files = ["--constraint", whole, "--output-file", file, requirements]
        command = ["uv", "pip", "compile", *options, *map(str, files)]
        run(command, file.parent, self.environment())
        requirements.unlink()

    def platform(self, backend: Path) -> str:
        """A complete platform for the backend of Pants, whose own ones allow no recent wheels."""
        code = _PLATFORM.format(runtime=RUNTIME)
        environment = {**self.environment(), "PYTHONPATH": str(backend)}
        return run([self.python, "-c", code], backend, environment)

    def versions(self) -> dict[str, str]:
        """The versions of the programs, by name."""
        environment, folder = self.environment(), self.python.parent
        pip = run([self.python, "-m", "pip", "--version"], folder, environment)
        return {
            "SAM": _last_word(run([folder / "sam", "--version"], folder, environment)),
            "uv": run([folder / "uv", "--version"], folder, environment).split()[1],
            "pip": pip.split()[1],
        }


@cache
def find_runtime_python() -> str:
    """The path of the CPython that the functions run on. Exits if there is none."""
    return require_python(_MINOR)


def _last_word(text: str) -> str:
    return text.split()[-1]
