"""Compiles Python files to bytecode that a hash validates, as PEP 552 defines it.

    python3.X compile_modules.py REQUEST.json OUTPUT JOBS

REQUEST is `{"checked": bool, "separate": bool, "sources": [...]}`. A source has a `name`, which
tracebacks show, and an origin: a `file`, or the offset `data` in a `wheel`, which contains the
source in `packed` bytes, compressed with `method`. Python compares `checked` bytecode with its
source at each import, and never compares other bytecode.

The program writes the compiled modules to OUTPUT, one after the other, each compressed with
deflate. If the request is `separate`, OUTPUT is a folder with a file for each source, whose name is
the index of the source. For each source, the report on standard output has the offset (`data`) and
the length (`packed`) in the file, and the `size`, `crc` and `sha256` of the bytecode. It is null
for a source that cannot be compiled.

The bytecode of a module depends on the modules that the same process compiled before, because
`marshal` writes strings that the process already knows as shared. Therefore, each module is
compiled in a fork of a process that has compiled only this program and imported almost nothing,
since an import may compile a module. The bytes then do not depend on the order and the selection of
the sources, on the location of the interpreter, or on whether its standard library is compiled.

It requires CPython 3.9 or newer and the standard library.
"""

from __future__ import annotations

# All of these except `os` are built into the interpreter. Other modules are imported in functions,
# after the compilers have been forked.
import _warnings
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, BinaryIO

_STORED = 0
_LEVEL = 6
_CHECKED, _UNCHECKED = 0b11, 0b01
_NUMBER = 8
_CHUNK = 1 << 20
# Up to 3.10, the compiler of CPython creates the names that it uses itself, such as `lambda`, when
# it first needs them. This source needs all of them.
_ALL_SYNTAX = """
from a import *
class C:
    'doc'
    a: int = 0
    def f(self): return super().f(), __class__
async def g():
    async with a as b: yield [x async for x in y]
    async for x in y: yield f'{x!r:>{y}}'
try: assert lambda: ([0 for _ in a], {0 for _ in a}, {0: 0 for _ in a}, (0 for _ in a)), a
except C as e: del e
"""


class Compiler:
    """A process that receives sources, compiles each in a fork of itself, and sends the code."""

    def __init__(self) -> None:
        (self._theirs, self._requests), (self._answers, self._given) = os.pipe(), os.pipe()
        if os.fork() == 0:
            os.close(self._requests)
            os.close(self._answers)
            self._serve()
        os.close(self._theirs)
        os.close(self._given)

    def send(self, name: bytes, source: bytes) -> None:
        write(self._requests, name)
        write(self._requests, source)

    def receive(self) -> bytes:
        """Return the code as `marshal` writes it, and b"" if the source cannot be compiled."""
        return read(self._answers) or b""

    def close(self) -> None:
        os.close(self._requests)

    def _serve(self) -> None:
        while True:
            name = read(self._theirs)
            if name is None:
                os._exit(0)
            source = read(self._theirs) or b""
            child = os.fork()
            if child == 0:
                self._compile(name, source)
            if os.waitpid(child, 0)[1]:
                write(self._given, b"")

    def _compile(self, name: bytes, source: bytes) -> None:
        try:
            code = compile(
                source, name.decode("utf-8", "surrogateescape"), "exec", dont_inherit=True
            )
            dumped = marshal.dumps(code)
        except (
            BaseException
        ):  # Any error may occur, such as for an expression that is too deep for the compiler.
            os._exit(1)
        write(self._given, dumped)
        os._exit(0)


def write(pipe: int, content: bytes) -> None:
    """Write the length, and then the content."""
    for piece in (len(content).to_bytes(_NUMBER, "little"), content):
        view = memoryview(piece)
        while view:
            view = view[os.write(pipe, view) :]


def read(pipe: int) -> bytes | None:
    """Return the next content that was written, and `None` at the end."""
    length = read_exactly(pipe, _NUMBER)
    return None if length is None else read_exactly(pipe, int.from_bytes(length, "little"))


def read_exactly(pipe: int, length: int) -> bytes | None:
    pieces = []
    while length:
        piece = os.read(pipe, min(length, _CHUNK))
        if not piece:
            return None
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def main(
    request_path: str, output: str, compilers: Sequence[Compiler]
) -> list[dict[str, Any] | None]:
    import json

    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    flags = _CHECKED if request["checked"] else _UNCHECKED
    sources = enumerate(compiled(request["sources"], compilers))
    if request["separate"]:
        os.mkdir(output)
        report = [add_file(f"{output}/{n}", *each, flags) for n, each in sources]
    else:
        with open(output, "wb") as written:
            report = [add(written, *each, flags) for _, each in sources]
    for compiler in compilers:
        compiler.close()
    for _ in compilers:
        os.wait()
    return report


def compiled(
    sources: Sequence[Mapping[str, Any]], compilers: Sequence[Compiler]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield each source and its code, in order. The compilers work on the next ones meanwhile."""
    running: list[tuple[Compiler, bytes]] = []
    for number, each in enumerate(sources):
        done: tuple[bytes, bytes] | None = None
        if len(running) == len(compilers):
            compiler, source = running.pop(0)
            done = (source, compiler.receive())
        compiler, source = compilers[number % len(compilers)], content(each)
        compiler.send(os.fsencode(each["name"]), source)
        running.append((compiler, source))
        if done:
            yield done
    for compiler, source in running:
        yield source, compiler.receive()


def content(source: Mapping[str, Any]) -> bytes:
    import zlib

    if "file" in source:
        with open(source["file"], "rb") as file:
            return file.read()
    with open(source["wheel"], "rb") as wheel:
        wheel.seek(source["data"])
        packed = wheel.read(source["packed"])
    return packed if source["method"] == _STORED else zlib.decompress(packed, -15)


def add_file(path: str, source: bytes, code: bytes, flags: int) -> dict[str, Any] | None:
    with open(path, "wb") as written:
        return add(written, source, code, flags)


def add(written: BinaryIO, source: bytes, code: bytes, flags: int) -> dict[str, Any] | None:
    """Write the bytecode, compressed with deflate, and return its entry in the report."""
    import hashlib
    import importlib.util
    import zlib

    if not code:
        return None
    bytecode = (
        importlib.util.MAGIC_NUMBER
        + flags.to_bytes(4, "little")
        + importlib.util.source_hash(source)
        + code
    )
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    data = written.tell()
    packed = written.write(packer.compress(bytecode)) + written.write(packer.flush())
    return {
        "data": data,
        "packed": packed,
        "size": len(bytecode),
        "crc": zlib.crc32(bytecode),
        "sha256": hashlib.sha256(bytecode).hexdigest(),
    }


if __name__ == "__main__":
    # CPython has one string for each character, and its state shows whether it was used as a name.
    for number in range(256):
        sys.intern(chr(number))
    compile(_ALL_SYNTAX, "", "exec")
    # Newer versions of Python warn of invalid escapes in strings, which users cannot fix in wheels.
    _warnings.filters.insert(0, ("ignore", None, Warning, None, 0))
    forked = [Compiler() for _ in range(int(sys.argv[3]))]

    import json

    json.dump(main(sys.argv[1], sys.argv[2], forked), sys.stdout, separators=(",", ":"))
