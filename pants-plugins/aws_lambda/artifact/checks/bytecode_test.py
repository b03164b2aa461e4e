"""Tests of missing, unpinned and conflicting bytecode."""

from __future__ import annotations

from textwrap import dedent

import pytest

from aws_lambda.artifact.checks.bytecode import (
    BytecodeOfAnotherSource,
    check_compiler,
    check_hidden_sources,
)
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.options import BytecodeMode
from aws_lambda.artifact.output.bytecode_files import Bytecode, CompiledModule, bytecode_file
from aws_lambda.testing.files import third_party_file


def test_missing_compiler() -> None:
    """L023 has the reason and the cost."""
    assert list(
        check_compiler("python3.14", None, because="no CPython 3.14 was found", is_pinned=False)
    ) == [
        Finding(
            "L023",
            "python3.14",
            "There is no bytecode, since no CPython 3.14 was found. Every cold start compiles its "
            "imports.",
            "install that version where Pants looks for it (`[python-bootstrap]`), or set "
            '`bytecode="none"`.',
        )
    ]


def test_unpinned_compiler() -> None:
    """L024 suggests the entry that pins the compiler."""
    found = list(check_compiler("python3.13", "CPython 3.13.9", because="", is_pinned=False))

    assert found == [
        Finding(
            "L024",
            "python3.13",
            "CPython 3.13.9 compiled the bytecode, and other patch releases may write other bytes.",
            'pin it: `bytecode_interpreters = {"python3.13" = "3.13.9"}`.',
        )
    ]
    assert not list(check_compiler("python3.13", "CPython 3.13.9", because="", is_pinned=True))


COMPILED = CompiledModule(data=7, packed=3, size=9, crc=5, sha256="ab" * 32)


def layer(address: str, content: bytes, *, compiled: bool) -> tuple[ArtifactView, Bytecode]:
    file = third_party_file("python/a/core.py", content)
    bytecode = (bytecode_file(file, "modules", COMPILED, (3, 13)),) if compiled else ()
    view = ArtifactView(address, "python", (file,))
    return view, Bytecode(BytecodeMode.REACHABLE, "CPython 3.13.9", bytecode)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (layer("a:a", b"1", compiled=True), layer("b:b", b"1", compiled=False)),
        (layer("a:a", b"1", compiled=True), layer("b:b", b"2", compiled=True)),
        (layer("a:a", b"1", compiled=False), layer("b:b", b"2", compiled=False)),
        (layer("a:a", b"1", compiled=False), layer("b:b", b"2", compiled=True)),
    ],
)
def test_bytecode_that_fits_its_source(
    first: tuple[ArtifactView, Bytecode], second: tuple[ArtifactView, Bytecode]
) -> None:
    """The sources are equal, or the later layer's bytecode overwrites the earlier one's."""
    check_hidden_sources([first, second], where=Where("lambda_function", "src:fn"))


def test_bytecode_of_another_source() -> None:
    """Python would run other code than the source of the later layer."""
    layers = [layer("a:a", b"1", compiled=True), layer("b:b", b"2", compiled=False)]

    with pytest.raises(BytecodeOfAnotherSource) as refused:
        check_hidden_sources(layers, where=Where("lambda_function", "src:fn"))

    assert str(refused.value) == dedent("""\
        The `lambda_function` target src:fn attaches layers in which the bytecode of one would hide the source of another.

          python/a/core.py  bytecode of a:a  source of b:b

        Lambda unpacks them into one folder, where later layers overwrite earlier ones, and Python runs the bytecode that it finds there.

        To fix, put these files into one layer, or set `bytecode="none"` on the earlier one.""")
