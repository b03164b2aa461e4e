"""Which modules get bytecode, where it lies, and what is said of whoever compiles it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

from aws_lambda.artifact.contents import BytecodeOrigin, Owner, OwnerKind, generate_file
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.output.bytecode_files import (
    Bytecode,
    BytecodeMode,
    BytecodeOfAnotherSource,
    CompiledModule,
    InvalidBytecode,
    bytecode_file,
    bytecode_path,
    check_compiler,
    check_hidden_sources,
    parse_bytecode_mode,
    parse_interpreters,
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
def test_where_bytecode_lies(path: str, python: tuple[int, int], expected: str) -> None:
    """PEP 3147: beside its source, under the tag of one minor version."""
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
def test_who_gets_bytecode(
    mode: BytecodeMode, reached: set[tuple[str, str]] | None, expected: list[object]
) -> None:
    """Own code always does; third-party code where it is reached, or where nobody knows; its tests
    where all is asked for; scripts and data never do."""
    own = [] if mode is BytecodeMode.NONE else [OWN, extra_file("etc/hook.py"), reexport_file()]

    assert list(select_sources(FILES, mode, reached, root="")) == [*own, *expected]


def test_nothing_gets_bytecode_where_nobody_imports() -> None:
    """In a layer, what lies beside the folder of importable code."""
    inside, beside = first_party_file("python/app.py"), extra_file("lib/hook.py")

    assert select_sources([inside, beside], BytecodeMode.ALL, None, root="python") == (inside,)


def test_bytecode_belongs_to_whom_the_source_belongs() -> None:
    """It counts as the distribution's, and its bytes lie where the compiler put them."""
    file = bytecode_file(CORE, "bytecode/click/modules", COMPILED, (3, 13))

    assert (file.path, file.owner, file.mode) == (
        "click/__pycache__/core.cpython-313.pyc",
        CORE.owner,
        0o644,
    )
    assert (file.sha256, file.size) == ("ab" * 32, 9)
    assert file.origin == BytecodeOrigin("bytecode/click/modules", 7, 3, 5)


def test_sources_are_told_apart_by_where_their_bytes_lie() -> None:
    """An entry of a wheel; or a path below the folder of importable code, and the content."""
    in_layer = first_party_file("python/app.py", b"app")

    assert [source_key(CORE, ""), source_key(OWN, ""), source_key(in_layer, "python")] == [
        f"{CLICK}!click/core.py",
        f"app.py {OWN.sha256}",
        f"app.py {OWN.sha256}",
    ]


def test_the_metadata() -> None:
    """Mode, exact compiler, count and size; without a compiler, null and nothing."""
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


def test_an_unknown_mode() -> None:
    """The option says what it takes."""
    with pytest.raises(InvalidBytecode) as refused:
        parse_bytecode_mode("some")

    assert str(refused.value) == dedent("""\
        The option `[aws-lambda].bytecode` has a value that means nothing.

          bytecode = 'some'

        To fix, set it to `reachable`, `all` or `none`.""")


def test_pinned_interpreters() -> None:
    """A runtime, and the exact version that may compile for it."""
    assert parse_interpreters({"python3.13": "3.13.9", "python3.9": "3.9.25"}) == {
        "python3.13": (3, 13, 9),
        "python3.9": (3, 9, 25),
    }


@pytest.mark.parametrize(
    "entries",
    [
        {"python3.13": "3.13"},
        {"3.13": "3.13.9"},
        {"python3.13": "3.12.9"},
        {"python3.1": "3.13.9"},
        {"python3.13": 3.13},
    ],
)
def test_pins_that_pin_nothing(entries: Mapping[str, object]) -> None:
    """Each is named, with the form to write."""
    with pytest.raises(InvalidBytecode) as refused:
        parse_interpreters({**entries, "python3.11": "3.11.9"})

    ((runtime, version),) = entries.items()
    assert str(refused.value) == dedent(f"""\
        The option `[aws-lambda].bytecode_interpreters` has entries that cannot be used.

          {runtime!r} = {version!r}

        To fix, map a runtime to an exact version of its Python: {{"python3.13" = "3.13.9"}}.""")


def test_no_compiler_is_a_finding() -> None:
    """L023 says why there is no bytecode, what that costs, and what to do."""
    assert list(
        check_compiler("python3.14", None, because="no CPython 3.14 was found", is_pinned=False)
    ) == [
        Finding(
            "L023",
            "python3.14",
            "There is no bytecode, since no CPython 3.14 was found: every cold start compiles what "
            "it imports.",
            "install that version where Pants looks for it (`[python-bootstrap]`), or set "
            '`bytecode="none"`.',
        )
    ]


def test_an_unpinned_compiler_is_a_finding_for_those_who_ask() -> None:
    """L024 offers the pin; a pinned compiler is nothing to tell."""
    found = list(check_compiler("python3.13", "CPython 3.13.9", because="", is_pinned=False))

    assert found == [
        Finding(
            "L024",
            "python3.13",
            "CPython 3.13.9 compiled the bytecode, and another patch release would write other "
            "bytes.",
            'pin it: `bytecode_interpreters = {"python3.13" = "3.13.9"}`.',
        )
    ]
    assert not list(check_compiler("python3.13", "CPython 3.13.9", because="", is_pinned=True))


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
def test_layers_whose_bytecode_fits_what_lies_beside_it(
    first: tuple[ArtifactView, Bytecode], second: tuple[ArtifactView, Bytecode]
) -> None:
    """The same source, or bytecode of the later one over that of the earlier."""
    check_hidden_sources([first, second], where=Where("lambda_function", "src:fn"))


def test_bytecode_of_one_layer_beside_the_source_of_another() -> None:
    """What Python would run is not what the later layer says, so the function is refused."""
    layers = [layer("a:a", b"1", compiled=True), layer("b:b", b"2", compiled=False)]

    with pytest.raises(BytecodeOfAnotherSource) as refused:
        check_hidden_sources(layers, where=Where("lambda_function", "src:fn"))

    assert str(refused.value) == dedent("""\
        The `lambda_function` target src:fn attaches layers of which one's bytecode would hide the code of another.

          python/a/core.py  bytecode of a:a  source of b:b

        Lambda unpacks them into one folder, the later over the earlier, and Python believes the bytecode that it finds there.

        To fix, let one layer carry these files, or set `bytecode="none"` on the earlier one.""")
