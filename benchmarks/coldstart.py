"""Measures the import of a handler in a new process, from the files that Lambda would mount."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.contenders.contender import Contender, inherited_environment, run
from benchmarks.contenders.tools import find_runtime_python
from benchmarks.measurements import Key, Step

_PROGRAM = Path(__file__).resolve().parent / "handler_import.py"


def steps(bench: Bench, contenders: Mapping[str, Contender]) -> list[Step]:
    python = find_runtime_python()
    found = []
    for label, contender in contenders.items():
        function = contender.project.functions[0]
        folder = bench.folder / "coldstart" / label
        mounted = contender.artifact(function).unpack(folder)
        # If there is a re-export, it is the handler that Lambda is configured with.
        is_reexported = (mounted[0] / "lambda_function.py").is_file()
        module = "lambda_function" if is_reexported else function.handler.rpartition(".")[0]
        step = _step(python, label, module, mounted, ",".join(function.modules))
        # After the first import, the files are in the page cache.
        step.measure()
        found.append(step)
    return found


def _step(python: str, label: str, module: str, mounted: list[Path], expected: str) -> Step:
    # -B: Python writes no bytecode, as in Lambda, whose file system is read-only.
    command = [python, "-B", "-S", "-I", str(_PROGRAM), module, expected, *map(str, mounted)]
    return Step(
        Key("coldstart", "import", label),
        measure=lambda: float(run(command, mounted[0], inherited_environment())),
    )
