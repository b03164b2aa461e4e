"""Tests of the bytecode in artifacts: its modules, paths, compilers and conflicts."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.contents import BytecodeOrigin, Owner, OwnerKind, generate_file
from aws_lambda.artifact.options import BytecodeMode
from aws_lambda.artifact.output.bytecode_files import (
    Bytecode,
    CompiledModule,
    bytecode_file,
    bytecode_path,
    select_sources,
    source_key,
)
from aws_lambda.testing.files import extra_file, first_party_file, reexport_file, third_party_file

CLICK = "click-8.1.7-py3-none-any.whl"
OWN = first_party_file("app.py", b"app")
CORE = third_party_file("click/core.py", b"core")
TYPES = third_party_file("click/types.py", b"types")
TESTS = third_party_file("click/tests/core.py", b"tests")
SCRIPT = generate_file("bin/click.py", b"", Owner(OwnerKind.DISTRIBUTION, "click", "8.1.7"))
FILES = (
    OWN,
    first_party_file("data.json"),
    extra_file("etc/hook.py"),
    reexport_file(),
    CORE,
    TYPES,
    TESTS,
    third_party_file("click/_speedups.so"),
    SCRIPT,
)
COMPILED = CompiledModule(data=7, packed=3, size=9, crc=5, sha256="ab" * 32)


@pytest.mark.parametrize(
    ("path", "python", "expected"),
    [
        ("app.py", (3, 13), "__pycache__/app.cpython-313.pyc"),
        ("python/a/__init__.py", (3, 9), "python/a/__pycache__/__init__.cpython-39.pyc"),
        ("a/b.c.py", (3, 10), "a/__pycache__/b.c.cpython-310.pyc"),
    ],
)
def test_bytecode_path(path: str, python: tuple[int, int], expected: str) -> None:
    """Bytecode is next to its source, with the tag of a minor version (PEP 3147)."""
    assert bytecode_path(path, python) == expected


@pytest.mark.parametrize(
    ("mode", "reached", "expected"),
    [
        (BytecodeMode.NONE, None, []),
        (BytecodeMode.REACHABLE, {(CLICK, "click/core.py")}, [CORE]),
        (BytecodeMode.REACHABLE, set(), []),
        (BytecodeMode.REACHABLE, {(CLICK, "click/tests/core.py")}, []),
        (BytecodeMode.REACHABLE, None, [CORE, TYPES]),
        (BytecodeMode.ALL, set(), [CORE, TYPES, TESTS]),
    ],
)
def test_selected_sources(
    mode: BytecodeMode, reached: set[tuple[str, str]] | None, expected: list[object]
) -> None:
    """First-party code is always selected, third-party code if it is reached or that is unknown.

    Its tests are selected in the mode `all` only. Scripts and data are never selected.
    """
    own = [] if mode is BytecodeMode.NONE else [OWN, extra_file("etc/hook.py"), reexport_file()]

    assert list(select_sources(FILES, mode, reached, root="")) == [*own, *expected]


def test_sources_outside_the_importable_code() -> None:
    """Python never imports them, so they get no bytecode."""
    inside, outside = first_party_file("python/app.py"), extra_file("lib/hook.py")

    assert select_sources([inside, outside], BytecodeMode.ALL, None, root="python") == (inside,)


def test_owner_of_bytecode() -> None:
    """Bytecode has the owner of its source."""
    file = bytecode_file(CORE, "bytecode/click/modules", COMPILED, (3, 13))

    assert (file.path, file.owner, file.mode) == (
        "click/__pycache__/core.cpython-313.pyc",
        CORE.owner,
        0o644,
    )
    assert (file.sha256, file.size) == ("ab" * 32, 9)
    assert file.origin == BytecodeOrigin("bytecode/click/modules", 7, 3, 5)


def test_source_keys() -> None:
    """A key is an entry of a wheel, or a path below the root with the content."""
    in_layer = first_party_file("python/app.py", b"app")

    assert [source_key(CORE, ""), source_key(OWN, ""), source_key(in_layer, "python")] == [
        f"{CLICK}!click/core.py",
        f"app.py {OWN.sha256}",
        f"app.py {OWN.sha256}",
    ]


def test_metadata_of_bytecode() -> None:
    """The metadata have the mode, the compiler, the number of modules and their size."""
    file = bytecode_file(CORE, "modules", COMPILED, (3, 13))

    assert Bytecode(BytecodeMode.ALL, "CPython 3.13.9", (file, file)).document() == {
        "mode": "all",
        "compiler": "CPython 3.13.9",
        "modules": 2,
        "unzipped_bytes": 18,
    }
    assert Bytecode(BytecodeMode.REACHABLE).document() == {
        "mode": "reachable",
        "compiler": None,
        "modules": 0,
        "unzipped_bytes": 0,
    }
