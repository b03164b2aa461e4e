"""Measures the import of a handler, module by module, in fresh processes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_emulator.bootstrap import TIME_VARIABLE
from aws_lambda_emulator.invocation import Outcome
from aws_lambda_emulator.namespaces import cut_network
from aws_lambda_emulator.packaged_function import PackagedFunction

# Limits of an import: a time in seconds that is much longer than Lambda's, and Lambda's maximum
# memory in MiB.
_SECONDS = 60.0
_MEMORY = 10_240
# Microseconds of the module itself, those with its imports, two spaces per level, and the name
# (CPython's `Python/import.c`). Modules come after the modules that they import.
_LINE = re.compile(rb"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")


@dataclass
class ImportedModule:
    """A module that was imported, in microseconds: alone, and with the modules that it imports."""

    name: str
    self_us: int
    cumulative_us: int
    imports: list[ImportedModule] = field(default_factory=list)


def measure_import(function: PackagedFunction, *, runs: int, cache: str | None) -> dict[str, Any]:
    """Import the handler in `runs` processes, one after another, and report their times.

    - `error`, `payload`: Lambda's `errorType` and answer if the function did not start
    - `runs`: the number of processes. Another one before them reads the files, and does not count
    - `median_us`, `min_us`, `max_us`: the times of the import in microseconds
    - `modules`: the modules of the process with the median time, each a list of its name, its time
      alone, its time with the modules that it imports, and the index of the module that imports it
      first. The first one is the handler's module, with the index -1

    There is no network if the kernel allows that. This process must have only one thread, and has
    no network afterwards. Raises `EmulatorError`.
    """
    with suppress(OSError):
        cut_network()
    measured: list[ImportedModule] = []
    for number in range(runs + 1):
        outcome, module = _import_once(function, cache)
        if outcome.error is not None or module is None:
            payload = outcome.payload.decode(errors="replace")
            return {"error": outcome.error or "Runtime.NoImport", "payload": payload}
        if number:
            measured.append(module)
    measured.sort(key=lambda each: each.cumulative_us)
    median = measured[(runs - 1) // 2]
    return {
        "error": None,
        "runs": runs,
        "median_us": median.cumulative_us,
        "min_us": measured[0].cumulative_us,
        "max_us": measured[-1].cumulative_us,
        "modules": [*_as_rows(median)],
    }


def _import_once(
    function: PackagedFunction, cache: str | None
) -> tuple[Outcome, ImportedModule | None]:
    token = secrets.token_hex(8)
    configuration = function.configure(
        timeout=_SECONDS,
        memory=_MEMORY,
        variables={TIME_VARIABLE: token, "PYTHONPROFILEIMPORTTIME": "1"},
    )
    with function.start(
        configuration, cache=cache, log=lambda text: None, init_seconds=_SECONDS
    ) as started:
        outcome = started.init()
    return outcome, parse_import_times(outcome.logs, token.encode())


def parse_import_times(logs: bytes, token: bytes) -> ImportedModule | None:
    """The handler's module, from the output of `-X importtime` between the lines of
    `import_timing.py`. `None` if they are not in `logs`.
    """
    _, _, rest = logs.partition(b"\n" + token + b"\n")
    lines, _, end = rest.partition(b"\n" + token + b" ")
    if not end:
        return None
    nanoseconds, name = end.splitlines()[0].split(b" ", 1)
    imports = _build_tree(lines.splitlines())
    total = int(nanoseconds) // 1000
    alone = max(0, total - sum(each.cumulative_us for each in imports))
    return ImportedModule(name.decode(errors="replace"), alone, total, imports)


def _build_tree(lines: Iterable[bytes]) -> list[ImportedModule]:
    """The modules at the top level, each with the modules that it imports."""
    # The modules of each level that wait for the module that imports them.
    waiting: dict[int, list[ImportedModule]] = {}
    for line in lines:
        # Output of the function may be in front of it.
        found = _LINE.search(line)
        if found:
            level = len(found[3]) // 2
            module = ImportedModule(
                found[4].decode(errors="replace"),
                int(found[1]),
                int(found[2]),
                waiting.pop(level + 1, []),
            )
            waiting.setdefault(level, []).append(module)
    # The level of the first one depends on the runtime client.
    return waiting[min(waiting)] if waiting else []


def _as_rows(module: ImportedModule) -> Iterable[list[Any]]:
    """Rows of name, times and index of the importer. Importers come before their imports."""
    stack, index = [(module, -1)], 0
    while stack:
        each, parent = stack.pop()
        yield [each.name, each.self_us, each.cumulative_us, parent]
        stack.extend((child, index) for child in reversed(each.imports))
        index += 1
