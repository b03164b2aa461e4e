"""Measures the import of a handler in a new process, from the files that Lambda would mount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.contenders.contender import Contender, inherited_environment, run
from benchmarks.contenders.tools import find_runtime_python
from benchmarks.measurements import Key, Step

_PROGRAM = Path(__file__).resolve().parent / "handler_import.py"


def steps(bench: Bench, contenders: Mapping[str, Contender]) -> list[Step]:
    found = []
    for label, contender in contenders.items():
        function = contender.project.functions[0]
        folder = bench.folder / "coldstart" / label
        mounted = contender.artifact(function).unpack(folder)
        # If there is a re-export, it is the handler that Lambda is configured with.
        is_reexported = (mounted[0] / "lambda_function.py").is_file()
        module = "lambda_function" if is_reexported else function.handler.rpartition(".")[0]
        key = Key("coldstart", "import", label)
        step = import_step(key, module, mounted, function.modules)
        # After the first import, the files are in the page cache.
        step.measure()
        found.append(step)
    return found


def import_step(key: Key, module: str, mounted: list[Path], expected: Iterable[str]) -> Step:
    """The import of a module in a new process. The modules `expected` must be in the artifact."""
    return Step(
        key,
        measure=lambda: float(
            run_isolated(mounted[0], _PROGRAM, module, ",".join(expected), *mounted)
        ),
    )


def run_isolated(folder: Path, *arguments: str | Path) -> str:
    """Run Python with the folders of its standard library only in `sys.path`."""
    # -B: Python writes no bytecode, as in Lambda, whose file system is read-only.
    command = [find_runtime_python(), "-B", "-S", "-I", *arguments]
    return run(command, folder, inherited_environment())
