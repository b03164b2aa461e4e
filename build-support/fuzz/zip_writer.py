"""Fuzzing target: bytes choose files, which are planned and assembled.

Whatever was planned must be read back by other programs, in both layouts, and twice the same.
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
    as_document,
    generated_path,
    repository_path,
    wheel_folder,
)
from aws_lambda.artifact.paths import unsafe_path_reason
from aws_lambda.sandbox import assemble
from fuzz.results import WrongResult, expect, expect_folder, expect_zip

_OWNER = Owner(OwnerKind.FIRST_PARTY, "fuzz")
_WHEELS = ("a.whl", "b c.whl")
# Characters of one to four bytes, of both ends of their ranges, that sort otherwise as UTF-16.
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
_Some = TypeVar("_Some")


class Drawn:
    """Choices made by bytes; when these end, always the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, most: int) -> int:
        length = (most.bit_length() + 7) // 8
        taken = self.taken(length)
        return int.from_bytes(taken, "little") % (most + 1)

    def taken(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]

    def one_of(self, choices: Sequence[_Some]) -> _Some:
        return choices[self.number(len(choices) - 1)]

    @property
    def has_more(self) -> bool:
        return self._at < len(self._data)


def check(data: bytes) -> None:
    # So that small contents have many pieces: it is their edges where mistakes are made.
    assemble._CHUNK = _CHUNK
    for folder in ("out", "generated", "repository", "wheels"):
        shutil.rmtree(folder, ignore_errors=True)
    Path("generated").mkdir()
    drawn = Drawn(data)
    files = _files(drawn)
    written = _written(files, "zip")
    expect_zip("out/zip", files)
    expect(_written(files[::-1], "zip"), written, "the same files in another order")
    _written(files, "flat")
    expect_folder("out/flat", files)
    if drawn.number(255) == 255:
        _expect_unzipped(files)


def _written(files: Sequence[ArtifactFile], layout: str) -> bytes:
    Path("plan.json").write_text(as_document(files, output=layout, layout=layout))
    assemble.main("plan.json")
    return Path("out/zip").read_bytes()


def _files(drawn: Drawn) -> tuple[ArtifactFile, ...]:
    """Files at paths that an artifact may hold; none lies where another needs a folder."""
    wheels = {name: bytearray(drawn.taken(drawn.number(3))) for name in _WHEELS}
    files: dict[str, ArtifactFile] = {}
    folders: set[str] = set()
    while drawn.has_more and len(files) < 40:
        path = "/".join(_step(drawn) for _ in range(drawn.number(3) + 1))
        parents = {path[:i] for i, character in enumerate(path) if character == "/"}
        content, executable = _content(drawn), bool(drawn.number(1))
        if unsafe_path_reason(path) or path in folders | files.keys() or parents & files.keys():
            continue
        origin = _origin(drawn, path, content, wheels)
        digest = hashlib.sha256(content).hexdigest()
        file = ArtifactFile(path, digest, len(content), executable, _OWNER, origin)
        if isinstance(origin, GeneratedOrigin):
            Path(generated_path(file)).write_bytes(content)
        files[path] = file
        folders |= parents
    for name, stored in wheels.items():
        _write(Path(wheel_folder(name), name), bytes(stored))
    return tuple(files.values())


def _step(drawn: Drawn) -> str:
    if drawn.number(99) == 99:
        return "x" * 255
    return "".join(drawn.one_of(_CHARACTERS) for _ in range(drawn.number(4) + 1))


def _content(drawn: Drawn) -> bytes:
    kind = drawn.number(3)
    if kind == 0:
        return drawn.taken(drawn.number(200))
    size = drawn.one_of((0, 1, _CHUNK - 1, _CHUNK, _CHUNK + 1, 2 * _CHUNK, 5 * _CHUNK + 3))
    if kind == 1:
        return drawn.taken(1) * size
    if kind == 2:
        return hashlib.shake_128(drawn.taken(2)).digest(size)
    return (drawn.taken(5) * size)[:size]


def _origin(drawn: Drawn, path: str, content: bytes, wheels: dict[str, bytearray]) -> Origin:
    kind = drawn.number(3)
    if kind == 0:
        return GeneratedOrigin(content)
    if kind == 1:
        _write(Path(repository_path(path)), content)
        return RepositoryOrigin(path)
    name = drawn.one_of(_WHEELS)
    method = 0 if kind == 2 else 8
    packed = _deflated(drawn, content) if method else content
    start = len(wheels[name])
    wheels[name] += packed + drawn.taken(drawn.number(2))
    return WheelOrigin(name, path, start, len(packed), method, zlib.crc32(content))


def _deflated(drawn: Drawn, content: bytes) -> bytes:
    """A stream such as other packers write it, in blocks of their kinds."""
    strategy = drawn.one_of((0, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE))
    packer = zlib.compressobj(drawn.number(9), zlib.DEFLATED, -15, 8, strategy)
    half = len(content) // 2
    flush = drawn.one_of((zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH))
    first = packer.compress(content[:half]) + packer.flush(flush)
    return first + packer.compress(content[half:]) + packer.flush()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _expect_unzipped(files: Sequence[ArtifactFile]) -> None:
    if not files or not shutil.which("unzip"):
        return
    done = subprocess.run(["unzip", "-tqq", "out/zip"], check=False, capture_output=True)
    if done.returncode != 0:
        raise WrongResult(f"unzip: {done.stdout!r} {done.stderr!r}")


def write_seeds(folder: Path) -> None:
    for i in range(20):
        (folder / f"seed-{i:02}").write_bytes(hashlib.shake_128(bytes([i])).digest(20 * i + 10))
