"""What the assembler costs next to a mere copy of the same bytes."""

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
from benchmarks.measured import Key, Step
from benchmarks.projects import Single
from bootstrap.fault import Fault

_PRESERVED = re.compile(r"reserving local process execution dir (\S+) for .*Assemble")
# The peak of the memory of this program, in KiB. Not `ru_maxrss`, which a process takes over from
# the one that started it.
_RUNNER = """\
import re, runpy, sys
if sys.argv[1:]:
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""
PLAN = "plan.json"
CPU, COPY, MEMORY = "CPU time", "cat, wall time", "memory above idle"


def steps(bench: Bench, project: Single) -> list[Step]:
    """The program, its plan and wheels, taken from the sandbox of a build."""
    sandbox = _sandbox(bench, project)
    plan = json.loads((sandbox / PLAN).read_bytes())
    parts = [plan, *(json.loads((sandbox / part).read_bytes()) for part in plan["parts"])]
    wheels = sorted({archive for part in parts for archive in part["archives"]})
    # The Python that Pants ran it with.
    python = re.findall(r"(\S+) -S -s assemble\.py", (sandbox / "__run.sh").read_text())
    command = [*python, "-S", "-s", "-c", _RUNNER]
    program = [*command, "assemble.py", PLAN]
    return [
        Step(Key("assembler", CPU, "ours"), lambda: _run(program, sandbox, plan).cpu),
        Step(Key("assembler", COPY, "ours"), lambda: _copy(wheels, sandbox)),
        Step(
            Key("assembler", MEMORY, "ours"),
            lambda: _run(program, sandbox, plan).memory - _run(command, sandbox, plan).memory,
        ),
    ]


class _Ran(NamedTuple):
    """User and system time in seconds, and the peak of the memory in MiB."""

    cpu: float
    memory: float


def _run(command: list[str], sandbox: Path, plan: dict[str, Any]) -> _Ran:
    written = sandbox / plan["output"]
    written.unlink(missing_ok=True)
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, cwd=sandbox, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    if PLAN in command and not written.is_file():
        raise Fault(f"The assembler wrote no {written}.")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return _Ran(cpu, int(done.stdout) / 1024)


def _copy(wheels: list[str], sandbox: Path) -> float:
    target = sandbox / "copied"
    target.unlink(missing_ok=True)
    begin = time.perf_counter()
    with target.open("wb") as written:
        subprocess.run(["cat", *wheels], check=True, cwd=sandbox, stdout=written)
    return time.perf_counter() - begin


def _sandbox(bench: Bench, project: Single) -> Path:
    """A copy, since what a sandbox shares with others goes away with Pants' daemon."""
    ours = bench.ours(project)
    ours.write(project.edit_handler(bench.next_turn()))
    said = ours.pants("--keep-sandboxes=always", "package", "::")
    found = _PRESERVED.search(said)
    if not found:
        raise Fault(
            "The sandbox of the assembler was not found in what ./pants said.\n\n"
            f"  folder    {ours.folder}\n\n"
            "To fix, see whether the process is still described as `Assemble …`, and change "
            f"benchmarks/assembler.py.\n\n{said[-2000:]}"
        )
    kept = Path(found[1])
    copy = bench.folder / "assembler"
    shutil.copytree(kept, copy, symlinks=False)
    shutil.rmtree(kept, ignore_errors=True)
    return copy
