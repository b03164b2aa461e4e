"""A backend whose only target packages a file of random bytes: the work that Pants itself needs.

`package` finds the target, runs one process that writes a file, stores the file, and copies it to
`dist/`. No build with Pants 2.17.1 that writes a file of this size after an edit can be faster.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.core.goals.package import (
    BuiltPackage,
    BuiltPackageArtifact,
    OutputPathField,
    PackageFieldSet,
)
from pants.engine.process import Process, ProcessResult
from pants.engine.rules import Get, collect_rules, rule
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    HydratedSources,
    HydrateSourcesRequest,
    IntField,
    SingleSourceField,
    Target,
)
from pants.engine.unions import UnionRule

# Writes `source`, and random bytes up to the size. Random bytes are as hard to store as a zip.
_WRITE = """\
import os, sys
os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
source, output, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
block = os.urandom(1 << 20)
with open(source, "rb") as read, open(output, "wb") as written:
    written.write(read.read())
    while (missing := size - written.tell()) > 0:
        written.write(block[:missing])
"""


class FloorSourceField(SingleSourceField):
    """The file that is edited. Every edit writes the whole output again."""

    required = True


class FloorBytesField(IntField):
    alias = "size"
    help = "The size of the output in bytes."
    required = True


class FloorTarget(Target):
    alias = "floor"
    core_fields = (*COMMON_TARGET_FIELDS, FloorSourceField, FloorBytesField, OutputPathField)
    help = "A file with random bytes."


@dataclass(frozen=True)
class FloorFieldSet(PackageFieldSet):
    required_fields = (FloorSourceField, FloorBytesField)

    source: FloorSourceField
    size: FloorBytesField
    output_path: OutputPathField


@rule
async def package_floor(field_set: FloorFieldSet) -> BuiltPackage:
    sources = await Get(HydratedSources, HydrateSourcesRequest(field_set.source))
    (source,) = sources.snapshot.files
    output = field_set.output_path.value_or_default(file_ending="zip")
    arguments = (source, output, str(field_set.size.value))
    result = await Get(
        ProcessResult,
        Process(
            argv=(sys.executable, "-I", "-S", "-c", _WRITE, *arguments),
            input_digest=sources.snapshot.digest,
            output_files=[output],
            description=f"Write {output}",
        ),
    )
    return BuiltPackage(result.output_digest, (BuiltPackageArtifact(output),))


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(PackageFieldSet, FloorFieldSet))


def target_types() -> Iterable[type[Target]]:
    return (FloorTarget,)
