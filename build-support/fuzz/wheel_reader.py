"""Fuzzing target: reads bytes as a wheel, places its files and assembles an artifact.

If the code accepts a wheel, the artifact must contain the files that the standard library unpacks.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from aws_lambda.artifact.contents import ArtifactFile, GeneratedOrigin, WheelOrigin
from aws_lambda.artifact.output.assembly_plan import (
    PLAN_PATH,
    THIRD_PARTY,
    generated_path,
    output_path,
    wheel_folder,
    write_plan,
)
from aws_lambda.artifact.paths import unsafe_path_reason
from aws_lambda.artifact.wheels.installed_paths import Placement, installed_files
from aws_lambda.artifact.wheels.record import add_records
from aws_lambda.artifact.wheels.wheel import (
    MAX_COMPRESSION_RATIO,
    MAX_UNPACKED_BYTES,
    BadWheel,
    Wheel,
    read_wheel,
)
from aws_lambda.sandbox import assemble
from aws_lambda.sandbox import read_wheel as reader
from fuzz.mutation import MutateBytes, Mutator
from fuzz.results import WrongResultError, expect, expect_folder, expect_zip
from fuzz.seeds import write_seeds as write_seeds

FILE = "demo-1.0-py3-none-any.whl"
_LOCAL = struct.Struct("<4s5H3L2H")
_PYTHON = "/var/lang/bin/python3.13"


def mutator(dice: random.Random, mutate: MutateBytes) -> Mutator:
    return Mutator(dice, mutate)


def check(data: bytes) -> None:
    path = Path(wheel_folder(FILE), FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    measured = reader.main(str(path), MAX_UNPACKED_BYTES, MAX_COMPRESSION_RATIO)
    report = json.loads(json.dumps(measured, sort_keys=True))
    try:
        wheel = read_wheel(FILE, hashlib.sha256(data).hexdigest(), report)
    except BadWheel as refusal:
        str(refusal).encode()
        return
    _compare(wheel, data, path)
    placement = Placement(("", "python")[len(data) % 2], _PYTHON, wheel.scripts)
    files = installed_files(wheel, placement)
    for file in files:
        expect(unsafe_path_reason(file.path), "", f"safety of {file.path!r}")
    if not _collide(files):
        record = placement.inside(f"{wheel.dist_info}/RECORD")
        _check_artifact(add_records(files, files, placement.root), record)


def _compare(wheel: Wheel, data: bytes, path: Path) -> None:
    """Compare the entries of an accepted wheel with the files that the standard library unpacks."""
    with zipfile.ZipFile(path) as other:
        infos = {info.filename: info for info in other.infolist() if not info.is_dir()}
        expect({e.path for e in wheel.entries}, infos.keys(), "the wheel's files")
        for entry in wheel.entries:
            try:
                content = other.read(infos[entry.path])
            except Exception as error:
                raise WrongResultError(
                    f"{entry.path!r} was accepted, but is not readable"
                ) from error
            expect(entry.size, len(content), f"size of {entry.path!r}")
            expect(entry.sha256, hashlib.sha256(content).hexdigest(), f"bytes of {entry.path!r}")
            _compare_headers(infos[entry.path], data)


def _compare_headers(info: zipfile.ZipInfo, data: bytes) -> None:
    """Compare the local header of an entry with the central one.

    Programs that unpack a stream read only local headers.
    """
    _, _, flags, method, _, _, crc, packed, size, _, _ = _LOCAL.unpack_from(
        data, info.header_offset
    )
    expect(method, info.compress_type, f"method of {info.filename!r}, in its local header")
    if flags & 0x8 or 0xFFFFFFFF in (packed, size):
        return
    central = (info.CRC, info.compress_size, info.file_size)
    expect((crc, packed, size), central, f"numbers of {info.filename!r}, in its local header")


def _check_artifact(files: Sequence[ArtifactFile], record: str) -> None:
    expect(record in {file.path for file in files}, True, "existence of a RECORD")
    expect(_collide(files), False, "collision of two files")
    for layout in ("zip", "flat"):
        _assemble(files, layout)
    expect_zip("out/zip", files)
    expect_folder("out/flat", files)
    _expect_origins(files)
    for folder in ("out", THIRD_PARTY):
        shutil.rmtree(folder)


def _collide(files: Sequence[ArtifactFile]) -> bool:
    """Whether two files have the same path. Another module, not tested here, settles collisions."""
    paths = {file.path for file in files}
    folders = {
        "/".join(steps[:i]) for steps in (p.split("/") for p in paths) for i in range(1, len(steps))
    }
    return len(paths) < len(files) or bool(paths & folders)


def _assemble(files: Sequence[ArtifactFile], layout: str) -> None:
    Path(THIRD_PARTY).mkdir(exist_ok=True)
    for file in files:
        if isinstance(file.origin, GeneratedOrigin):
            Path(generated_path(file)).write_bytes(file.origin.content)
    Path(PLAN_PATH).write_bytes(write_plan(files))
    assemble.main(layout, output_path(layout), PLAN_PATH)


def _expect_origins(files: Iterable[ArtifactFile]) -> None:
    """Expect the content of every file to be that of the entry that it names."""
    with zipfile.ZipFile(Path(wheel_folder(FILE), FILE)) as other:
        for file in files:
            if isinstance(file.origin, WheelOrigin):
                content = other.read(file.origin.entry)
                expect(hashlib.sha256(content).hexdigest(), file.sha256, f"origin of {file.path!r}")
