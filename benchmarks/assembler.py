"""Measures the assembler, next to a plain copy of the same bytes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any, NamedTuple

from benchmarks.bench import Bench
from benchmarks.measurements import Key, Step
from benchmarks.projects.project import FunctionProject
from bootstrap.messages import UserError, facts_table

_PRESERVED = re.compile(r"reserving local process execution dir (\S+) for .*Assemble")
# Runs a program, and prints its peak memory in KiB. `ru_maxrss` would be wrong, because a process
# inherits it from its parent.
_RUNNER = """\
import re, runpy, sys
if sys.argv[1:]:
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""
PLAN = "plan.json"
CPU, COPY, MEMORY = "CPU time", "cat, wall time", "memory above idle"


def steps(bench: Bench, project: FunctionProject) -> list[Step]:
    """Steps that run the assembler of a build again, with its plan and wheels."""
    sandbox = _copy_sandbox(bench, project)
    plan = json.loads((sandbox / PLAN).read_bytes())
    parts = [plan, *(json.loads((sandbox / part).read_bytes()) for part in plan["parts"])]
    wheels = sorted({archive for part in parts for archive in part["archives"]})
    # The Python that Pants ran the assembler with.
    python = re.findall(r"(\S+) -S -s assemble\.py", (sandbox / "__run.sh").read_text())
    command = [*python, "-S", "-s", "-c", _RUNNER]
    program = [*command, "assemble.py", PLAN]
    return [
        Step(Key("assembler", CPU, "ours"), lambda: _measure(program, sandbox, plan).cpu),
        Step(Key("assembler", COPY, "ours"), lambda: _time_copy(wheels, sandbox)),
        Step(
            Key("assembler", MEMORY, "ours"),
            lambda: (
                _measure(program, sandbox, plan).memory - _measure(command, sandbox, plan).memory
            ),
        ),
    ]


class _ResourceUsage(NamedTuple):
    cpu: float  # User and system time, in seconds.
    memory: float  # Peak, in MiB.


def _measure(command: list[str], sandbox: Path, plan: dict[str, Any]) -> _ResourceUsage:
    output = sandbox / plan["output"]
    output.unlink(missing_ok=True)
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, cwd=sandbox, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    if PLAN in command and not output.is_file():
        raise UserError(f"The assembler did not write {output}.")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return _ResourceUsage(cpu, int(done.stdout) / 1024)


def _time_copy(wheels: list[str], sandbox: Path) -> float:
    """The seconds that `cat` takes to copy the wheels into one file."""
    target = sandbox / "copied"
    target.unlink(missing_ok=True)
    begin = time.perf_counter()
    with target.open("wb") as copy:
        subprocess.run(["cat", *wheels], check=True, cwd=sandbox, stdout=copy)
    return time.perf_counter() - begin


def _copy_sandbox(bench: Bench, project: FunctionProject) -> Path:
    """Copy the sandbox of an assembler, whose shared files disappear with the daemon of Pants."""
    ours = bench.ours(project)
    ours.write(project.edit_handler(bench.next_turn()))
    output = ours.pants("--keep-sandboxes=always", "package", "::")
    found = _PRESERVED.search(output)
    if not found:
        raise UserError(
            "The output of ./pants does not contain the sandbox of the assembler.\n\n"
            f"{facts_table([('folder', str(ours.folder))])}\n\n"
            "To fix, check whether Pants still describes the process as `Assemble …`, and change "
            f"benchmarks/assembler.py.\n\n{output[-2000:]}"
        )
    kept = Path(found[1])
    copy = bench.folder / "assembler"
    shutil.copytree(kept, copy, symlinks=False)
    shutil.rmtree(kept, ignore_errors=True)
    return copy
