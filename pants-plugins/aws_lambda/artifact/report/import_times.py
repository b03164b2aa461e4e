"""The import times of functions, as the emulator measured them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ImportTimes:
    """The import of a handler in several fresh processes. Times are in microseconds.

    `modules` are those of the process with the median time: rows of the name, the time of the
    module alone, its time with the modules that it imports, and the index of the row that imports
    it first, -1 for the handler's module. `is_override` says that the function was built for this
    machine, and not for its own platform. `failure` says why nothing was measured, or is empty.
    """

    failure: str = ""
    runs: int = 0
    median_us: int = 0
    min_us: int = 0
    max_us: int = 0
    modules: tuple[tuple[str, int, int, int], ...] = ()
    is_override: bool = False

    def document(self) -> dict[str, Any]:
        if self.failure:
            return {"failure": self.failure}
        return {
            "runs": self.runs,
            "median_us": self.median_us,
            "min_us": self.min_us,
            "max_us": self.max_us,
            "built_for_this_machine": self.is_override,
            "modules": [list(row) for row in self.modules],
        }

    def slowest(self, count: int) -> list[tuple[str, int]]:
        """The packages at the top level that take the longest, each with the time of its modules
        alone.
        """
        packages: dict[str, int] = {}
        for name, alone, _, _ in self.modules:
            package = name.partition(".")[0]
            packages[package] = packages.get(package, 0) + alone
        return sorted(packages.items(), key=lambda each: (-each[1], each[0]))[:count]


def parse_import_report(output: bytes, *, is_override: bool) -> ImportTimes:
    """Parse the output of the emulator's command `import-time`."""
    report = json.loads(output)
    if report["error"]:
        return ImportTimes(f"it does not start: {_message(report)}")
    return ImportTimes(
        "",
        report["runs"],
        report["median_us"],
        report["min_us"],
        report["max_us"],
        tuple((name, alone, whole, index) for name, alone, whole, index in report["modules"]),
        is_override,
    )


def _message(report: Mapping[str, Any]) -> str:
    try:
        return str(json.loads(report["payload"])["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return str(report["error"])


def find_medians(report: Mapping[str, Any]) -> dict[str, int]:
    """The median times by address in the document of an earlier report."""
    times: Iterable[tuple[str, Mapping[str, Any]]] = (report.get("import_time") or {}).items()
    return {address: each["median_us"] for address, each in times if "median_us" in each}


def format_time(microseconds: int) -> str:
    """A time in milliseconds, with a decimal place below 10 ms."""
    milliseconds = microseconds / 1000
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
