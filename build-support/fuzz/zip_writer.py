"""Fuzzing target: chooses files by the input, and assembles an artifact from them.

Other programs must read the planned files from the artifact, in both layouts. The bytes must not
depend on the order of the plan.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from aws_lambda.artifact.contents import (
    ArtifactFile,
    GeneratedOrigin,
    Origin,
    Owner,
    OwnerKind,
    RepositoryOrigin,
    WheelOrigin,
)
from aws_lambda.artifact.output.assembly_plan import (
    PLAN_PATH,
    generated_path,
    output_path,
    repository_path,
    wheel_folder,
    write_plan,
)
from aws_lambda.artifact.paths import unsafe_path_reason
from aws_lambda.sandbox import assemble
from fuzz.results import WrongResultError, expect, expect_folder, expect_zip

_OWNER = Owner(OwnerKind.FIRST_PARTY, "fuzz")
_WHEELS = ("a.whl", "b c.whl")
# Characters of one to four bytes in UTF-8, from both ends of their ranges, which UTF-16 sorts
# differently.
_CHARACTERS = (
    "a",
    "B",
    "0",
    ".",
    "_",
    " ",
    "~",
    '"',
    "%",
    "é",
    "ß",
    "\u07ff",
    "日",
    "\uffee",
    "🐍",
)
_CHUNK = 64
_T = TypeVar("_T")


class Choices:
    """Choices that the bytes of an input make. After its end, always the first choice."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, most: int) -> int:
        """A number from 0 to `most`."""
        length = (most.bit_length() + 7) // 8
        return int.from_bytes(self.next_bytes(length), "little") % (most + 1)

    def next_bytes(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def one_of(self, choices: Sequence[_T]) -> _T:
        return choices[self.number(len(choices) - 1)]

    @property
    def has_more(self) -> bool:
        return self._at < len(self._data)


def check(data: bytes) -> None:
    # With small chunks, small files have many edges between chunks, where errors are most likely.
    assemble._CHUNK = _CHUNK
    for folder in ("out", "generated", "repository", "wheels"):
        shutil.rmtree(folder, ignore_errors=True)
    Path("generated").mkdir()
    choices = Choices(data)
    files = _choose_files(choices)
    zipped = _assemble(files, "zip")
    expect_zip("out/zip", files)
    expect(_assemble(files[::-1], "zip"), zipped, "zip of the files in another order")
    _assemble(files, "flat")
    expect_folder("out/flat", files)
    if choices.number(255) == 255:
        _expect_unzipped(files)


def _assemble(files: Sequence[ArtifactFile], layout: str) -> bytes:
    """Assemble the files, and return the bytes of the zip that was assembled last."""
    Path(PLAN_PATH).write_bytes(write_plan(files))
    assemble.main(layout, output_path(layout), PLAN_PATH)
    return Path("out/zip").read_bytes()


def _choose_files(choices: Choices) -> tuple[ArtifactFile, ...]:
    """Files with valid paths, none of which is a folder of another one."""
    wheels = {name: bytearray(choices.next_bytes(choices.number(3))) for name in _WHEELS}
    files: dict[str, ArtifactFile] = {}
    folders: set[str] = set()
    while choices.has_more and len(files) < 40:
        path = "/".join(_choose_name(choices) for _ in range(choices.number(3) + 1))
        parents = {path[:i] for i, character in enumerate(path) if character == "/"}
        content, executable = _choose_content(choices), bool(choices.number(1))
        if unsafe_path_reason(path) or path in folders | files.keys() or parents & files.keys():
            continue
        origin = _choose_origin(choices, path, content, wheels)
        digest = hashlib.sha256(content).hexdigest()
        file = ArtifactFile(path, digest, len(content), executable, _OWNER, origin)
        if isinstance(origin, GeneratedOrigin):
            Path(generated_path(file)).write_bytes(content)
        files[path] = file
        folders |= parents
    for name, stored in wheels.items():
        _write(Path(wheel_folder(name), name), bytes(stored))
    return tuple(files.values())


def _choose_name(choices: Choices) -> str:
    if choices.number(99) == 99:
        return "x" * 255
    return "".join(choices.one_of(_CHARACTERS) for _ in range(choices.number(4) + 1))


def _choose_content(choices: Choices) -> bytes:
    kind = choices.number(3)
    if kind == 0:
        return choices.next_bytes(choices.number(200))
    size = choices.one_of((0, 1, _CHUNK - 1, _CHUNK, _CHUNK + 1, 2 * _CHUNK, 5 * _CHUNK + 3))
    if kind == 1:
        return choices.next_bytes(1) * size
    if kind == 2:
        return hashlib.shake_128(choices.next_bytes(2)).digest(size)
    return (choices.next_bytes(5) * size)[:size]


def _choose_origin(
    choices: Choices, path: str, content: bytes, wheels: dict[str, bytearray]
) -> Origin:
    kind = choices.number(3)
    if kind == 0:
        return GeneratedOrigin(content)
    if kind == 1:
        _write(Path(repository_path(path)), content)
        return RepositoryOrigin(path)
    name = choices.one_of(_WHEELS)
    method = 0 if kind == 2 else 8
    packed = _deflate(choices, content) if method else content
    start = len(wheels[name])
    wheels[name] += packed + choices.next_bytes(choices.number(2))
    return WheelOrigin(name, path, start, len(packed), method, zlib.crc32(content))


def _deflate(choices: Choices, content: bytes) -> bytes:
    """A deflate stream with the kinds of blocks that other packers write."""
    strategy = choices.one_of((0, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE))
    packer = zlib.compressobj(choices.number(9), zlib.DEFLATED, -15, 8, strategy)
    half = len(content) // 2
    flush = choices.one_of((zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH))
    first = packer.compress(content[:half]) + packer.flush(flush)
    return first + packer.compress(content[half:]) + packer.flush()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _expect_unzipped(files: Sequence[ArtifactFile]) -> None:
    """Expect Info-ZIP to accept the zip, if this machine has it."""
    if not files or not shutil.which("unzip"):
        return
    done = subprocess.run(["unzip", "-tqq", "out/zip"], check=False, capture_output=True)
    if done.returncode != 0:
        raise WrongResultError(f"unzip: {done.stdout!r} {done.stderr!r}")


def write_seeds(folder: Path) -> None:
    for i in range(20):
        (folder / f"seed-{i:02}").write_bytes(hashlib.shake_128(bytes([i])).digest(20 * i + 10))
