"""Measures the assembler, next to a plain copy of the same bytes."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

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
PROGRAM = "assemble.py"
CPU, COPY, MEMORY = "CPU time", "cat, wall time", "memory above idle"


def steps(bench: Bench, project: FunctionProject) -> list[Step]:
    """Steps that run the assembler of a build again, with its plan and wheels."""
    sandbox = _copy_sandbox(bench, project)
    # The command that Pants ran: the Python with its options, the program and its arguments.
    ran = re.findall(r"(\S+(?: -\w)+) assemble\.py (.+)", (sandbox / "__run.sh").read_text())
    [(python, arguments)] = ran
    _, output, *plans = arguments.split()
    archives = sorted({each for plan in plans for each in _archives_of(sandbox / plan)})
    command = [*python.split(), "-c", _RUNNER]
    program = [*command, PROGRAM, *arguments.split()]
    return [
        Step(Key("assembler", CPU, "ours"), lambda: _measure(program, sandbox, output).cpu),
        Step(Key("assembler", COPY, "ours"), lambda: _time_copy(archives, sandbox)),
        Step(
            Key("assembler", MEMORY, "ours"),
            lambda: (
                _measure(program, sandbox, output).memory
                - _measure(command, sandbox, output).memory
            ),
        ),
    ]


class _ResourceUsage(NamedTuple):
    cpu: float  # User and system time, in seconds.
    memory: float  # Peak, in MiB.


def _archives_of(plan: Path) -> Iterator[str]:
    """The wheels and the files with bytecode that a plan lists."""
    fields = plan.read_text(encoding="utf-8").split("\0")
    return (source for source, place in zip(fields[2::4], fields[3::4]) if place)


def _measure(command: list[str], sandbox: Path, output: str) -> _ResourceUsage:
    written = sandbox / output
    written.unlink(missing_ok=True)
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, cwd=sandbox, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    if PROGRAM in command and not written.is_file():
        raise UserError(f"The assembler did not write {written}.")
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
