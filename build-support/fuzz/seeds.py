"""Small correct wheels, in all the forms that tools write. The fuzzer starts from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from aws_lambda.testing.archives import (
    DEFLATED,
    DESCRIPTOR,
    DIST_INFO,
    STORED,
    Member,
    wheel_archive,
    zip_archive,
)

_FILES = {
    "demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nText\n",
    "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\nTag: cp39-abi3-linux\n",
    "demo-1.0.dist-info/RECORD": b"demo/__init__.py,,\n",
    "demo-1.0.dist-info/entry_points.txt": b"[console_scripts]\nrun = demo.a:main\n",
    "demo/__init__.py": b"",
    "demo/a.py": b"def main(): pass\n" * 9,
}
_INFO = tuple(Member(name, content) for name, content in list(_FILES.items())[:4])


def _zipped(method: int, *, zip64: bool) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as wheel_file:
        for name, content in _FILES.items():
            with wheel_file.open(name, "w", force_zip64=zip64) as file:
                file.write(content)
    return buffer.getvalue()


def seeds() -> Iterator[bytes]:
    for method in (STORED, DEFLATED):
        yield _zipped(method, zip64=False)
        yield _zipped(method, zip64=True)
        yield zip_archive(*(Member(n, c, method, flags=DESCRIPTOR) for n, c in _FILES.items()))
    yield wheel_archive()
    yield wheel_archive(
        Member("demo/", mode=0o040755), Member("demo/x.sh", b"x" * 99, mode=0o100755)
    )
    yield wheel_archive(
        Member("demo/a", b"a" * 5000, DEFLATED, flags=DESCRIPTOR), comment=b"comment"
    )
    yield wheel_archive(Member("demo/ünï/日本.py", b"x = 1\n"), before=b"#!/bin/sh\n")
    yield wheel_archive(Member(b"\x82t\x82.py", b"x"))
    yield zip_archive(
        *_INFO,
        Member("demo-1.0.data/purelib/demo/a.py", b"a"),
        Member("demo-1.0.data/platlib/demo/b.so", b"\x7fELF" * 9, DEFLATED),
        Member("demo-1.0.data/data/share/demo.txt", b"d"),
        Member("demo-1.0.data/headers/demo.h", b"h"),
        Member("demo-1.0.data/scripts/one", b"#!python\nimport demo\n", mode=0o100755),
        Member("demo-1.0.data/scripts/two", b"#!/bin/sh\n"),
    )
    yield zip_archive(*DIST_INFO[:2], Member("demo/__pycache__/a.pyc", b"0"), *DIST_INFO[2:])


def write_seeds(folder: Path) -> None:
    for i, seed in enumerate(seeds()):
        (folder / f"seed-{i:02}").write_bytes(seed)
