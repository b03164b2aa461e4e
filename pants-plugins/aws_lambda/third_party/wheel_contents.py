"""Reads wheels, each in a process of its own, which Pants caches by the wheel."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pants.engine.fs import (
    CreateDigest,
    Digest,
    FileEntry,
)
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.wheels.wheel import (
    MAX_COMPRESSION_RATIO,
    MAX_UNPACKED_BYTES,
    Wheel,
    read_wheel,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    create_digest,
    get_digest_entries,
    implicitly,
    rule,
    run_to_success,
)
from aws_lambda.processes.sandbox_program import ProgramRun, prepare_program

_WHEELS = "wheels"


@dataclass(frozen=True)
class ResolvedWheel:
    """A wheel, and the digest that contains it under its file name."""

    wheel: Wheel
    digest: Digest

    @property
    def file(self) -> WheelFile:
        """The request to read the wheel again."""
        return WheelFile(self.wheel.file_name, self.wheel.distribution.sha256, self.digest)


@dataclass(frozen=True)
class WheelFile:
    """An unread wheel: its file name, its hex SHA-256, and the digest that contains it."""

    name: str
    sha256: str
    digest: Digest


def read_in_sandbox(name: str, digest: Digest) -> ProgramRun:
    return ProgramRun(
        program="read_wheel.py",
        argv=(f"{_WHEELS}/{name}", str(MAX_UNPACKED_BYTES), str(MAX_COMPRESSION_RATIO)),
        description=f"Read {name}",
        immutable_inputs=FrozenDict({_WHEELS: digest}),
    )


@rule(desc="Read a wheel", level=LogLevel.DEBUG)
async def open_wheel(file: WheelFile) -> ResolvedWheel:
    result = await run_to_success(
        await prepare_program(read_in_sandbox(file.name, file.digest), **implicitly())
    )
    return _parse(file, result.stdout)


@lru_cache(maxsize=256)
def _parse(file: WheelFile, output: bytes) -> ResolvedWheel:
    return ResolvedWheel(read_wheel(file.name, file.sha256, json.loads(output)), file.digest)


async def open_wheels(digest: Digest) -> tuple[ResolvedWheel, ...]:
    """Read every wheel of a digest, each in a process that Pants caches by the wheel."""
    entries = await get_digest_entries(digest)
    files = sorted((e for e in entries if isinstance(e, FileEntry)), key=lambda e: e.path)
    singles = await concurrently(
        create_digest(CreateDigest([FileEntry(file_name(each), each.file_digest)]))
        for each in files
    )
    return await concurrently(
        open_wheel(WheelFile(file_name(file), file.file_digest.fingerprint, single))
        for file, single in zip(files, singles)
    )


def file_name(file: FileEntry) -> str:
    return file.path.rpartition("/")[2]


def rules() -> Iterable[Any]:
    return collect_rules()
