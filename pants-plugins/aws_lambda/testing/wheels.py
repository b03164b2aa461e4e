"""Wheels from reports of `sandbox/read_wheel.py`, for tests that need no archive."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

from aws_lambda.artifact.wheels.wheel import Wheel, read_wheel

WHEEL_FILE = "demo-1.0-py3-none-any.whl"
SHA256 = "5e" * 32

METADATA = "Metadata-Version: 2.1\nName: Demo\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def dist_info_files(**more: str) -> dict[str, str]:
    """Return the files in `*.dist-info` that every wheel has, and more. `__` stands for a dot."""
    files = {"METADATA": METADATA, "WHEEL": WHEEL, "RECORD": "", **more}
    return {f"demo-1.0.dist-info/{name.replace('__', '.')}": text for name, text in files.items()}


def report_entry(path: str, content: bytes = b"", **measured: Any) -> dict[str, Any]:
    """Return the entry of a report for a file without compression that is not executable."""
    return {
        "path": path,
        "folder": path.endswith("/"),
        "size": len(content),
        "packed": len(content),
        "crc": zlib.crc32(content),
        "method": 0,
        "encrypted": False,
        "mode": 0o100644,
        "header": 0,
        "data": 100,
        "sha256": hashlib.sha256(content).hexdigest(),
        **measured,
    }


def wheel_report(files: Mapping[str, str], *entries: dict[str, Any]) -> dict[str, Any]:
    """Return a report on these files and entries, with the texts of the files."""
    every = [*(report_entry(path, text.encode()) for path, text in files.items()), *entries]
    return {
        "declared_bytes": sum(each["size"] for each in every),
        "entries": every,
        "texts": dict(files),
    }


def demo_wheel(files: Mapping[str, str], *entries: dict[str, Any]) -> Wheel:
    """Return the wheel of the distribution `demo 1.0` with `*.dist-info` and these files."""
    return read_wheel(WHEEL_FILE, SHA256, wheel_report({**dist_info_files(), **files}, *entries))
