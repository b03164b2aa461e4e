"""The programs that peers run, in an environment of the benchmarks' own, and a CPython 3.13."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from benchmarks.contenders.contender import inherited, run
from benchmarks.projects import REQUIREMENTS, RUNTIME, write
from environments.install import installed
from popular.interpreter import find_python

_PLATFORM = """\
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import find_architecture, find_runtime, known_runtimes
runtime = find_runtime("{runtime}", known_runtimes({{}}), where="here")
print(compute_platform(runtime, find_architecture("x86_64", where="here")).as_json())
"""


class Tools:
    """Made on first use: who measures this repository alone needs none of it."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    @cached_property
    def python(self) -> Path:
        """CPython 3.13 with pip, uv and sam beside it."""
        return installed("peers", REQUIREMENTS / "peers.txt", lambda place, lock: interpreter())

    def environment(self) -> dict[str, str]:
        """Peers find the programs first on PATH, and read no pip.conf: its further indexes and
        constraints would cost them time that is not theirs."""
        found = inherited()
        return {
            **found,
            "PATH": f"{self.python.parent}{os.pathsep}{found.get('PATH', os.defpath)}",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(self._cache / "sam"),
            "AWS_DEFAULT_REGION": "eu-west-1",
        }

    def pins(self, pins: str, distributions: tuple[str, ...], file: Path) -> None:
        """Write the pinned requirements of some distributions and of all that they need."""
        whole = REQUIREMENTS / f"{pins}.constraints.txt"
        if not distributions:
            write(file, whole.read_text(encoding="utf-8"))
            return
        wanted = file.with_suffix(".in")
        write(wanted, "\n".join(distributions) + "\n")
        options = ["--quiet", "--no-header", "--no-annotate", "--python-version", "3.13"]
        files = ["--constraint", whole, "--output-file", file, wanted]
        command = ["uv", "pip", "compile", *options, *map(str, files)]
        run(command, file.parent, self.environment())
        wanted.unlink()

    def platform(self, backend: Path) -> str:
        """What Pants' own backend must be told, since its short names allow no recent wheel."""
        code = _PLATFORM.format(runtime=RUNTIME)
        environment = {**self.environment(), "PYTHONPATH": str(backend)}
        return run([self.python, "-c", code], backend, environment)

    def versions(self) -> dict[str, str]:
        environment, folder = self.environment(), self.python.parent
        said = run([self.python, "-m", "pip", "--version"], folder, environment)
        return {
            "SAM": _last_word(run([folder / "sam", "--version"], folder, environment)),
            "uv": run([folder / "uv", "--version"], folder, environment).split()[1],
            "pip": said.split()[1],
        }


def interpreter() -> str:
    """The CPython that the functions are for."""
    return find_python(RUNTIME.removeprefix("python"))


def _last_word(text: str) -> str:
    return text.split()[-1]
