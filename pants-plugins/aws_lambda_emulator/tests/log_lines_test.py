"""Splits output into lines, with and without frames around log records."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda_emulator.log_lines import LogLines

MIB = 1024 * 1024


def frame(record: bytes, *, kind: int = 0xA55A0003, length: int | None = None) -> bytes:
    """A record in the frame of AWS's client (November 2026)."""
    size = len(record) if length is None else length
    return struct.pack(">IIQ", kind, size, 1_795_800_000_000_000) + record


def split_lines(*pieces: bytes) -> list[bytes]:
    """The lines after each piece of output, and the rest at the end."""
    found = LogLines()
    return [*map(found.take, pieces), found.flush()]


HEADER = frame(b"", length=2)
CASES = {
    "a printed line": ([b"a\n"], [b"a\n", b""]),
    "a line in two pieces": ([b"a", b"b\nc"], [b"", b"ab\n", b"c\n"]),
    "a record": ([frame(b"a\n")], [b"a\n", b""]),
    "a record without a newline": ([frame(b"a\nb")], [b"a\nb\n", b""]),
    "records in a row": ([frame(b"a") + frame(b"b\n") + b"c\n"], [b"a\nb\nc\n", b""]),
    "a record within a printed line": ([b"a" + frame(b"b") + b"c\n"], [b"a\nb\nc\n", b""]),
    "an empty record": ([b"a" + frame(b"") + b"b\n"], [b"a\nb\n", b""]),
    "every level, as text and JSON": (
        [frame(b"a", kind=0xA55A0017) + frame(b"{}", kind=0xA55A0016)],
        [b"a\n{}\n", b""],
    ),
    "a record in two pieces": ([frame(b"a", length=2), b"bc"], [b"", b"ab\n", b"c\n"]),
    "the last byte is that of a newline": ([frame(b"a", length=2), b"\n"], [b"", b"a\n", b""]),
    "a frame in two pieces": ([HEADER[:7], HEADER[7:] + b"ab"], [b"", b"ab\n", b""]),
    "a record that ends early": ([frame(b"a", length=9)], [b"", b"a\n"]),
    "another record after it": ([frame(b"a", length=9) + frame(b"b")], [b"a\nb\n", b""]),
    "a frame that ends early": ([b"a\n" + HEADER[:7]], [b"a\n", HEADER[:7] + b"\n"]),
    "a letter whose last byte begins a frame": (["blå".encode()], [b"", "blå\n".encode()]),
    "the same letter at the end of a record": (
        [frame("å".encode()), b"a\n"],
        [b"", "å\na\n".encode(), b""],
    ),
    "bytes that are not a frame": ([b"\xa5\x5a\x00\xff\n" * 4], [b"\xa5\x5a\x00\xff\n" * 4, b""]),
}


@pytest.mark.parametrize(("pieces", "expected"), CASES.values(), ids=list(CASES))
def test_records_become_lines(pieces: list[bytes], expected: list[bytes]) -> None:
    """Each record begins and ends a line. Lines keep their order, and no output is lost."""
    assert split_lines(*pieces) == expected


def test_long_lines_are_split() -> None:
    """Lines are split as CloudWatch splits them, and a record still ends its last line once."""
    assert split_lines(b"x" * (MIB + 1), b"y\n") == [b"x" * (MIB + 1) + b"\n", b"y\n", b""]
    split = split_lines(frame(b"x" * (MIB + 1), length=MIB + 2), b"y", b"z\n")
    assert split == [b"x" * (MIB + 1) + b"\n", b"y\n", b"z\n", b""]


PARTS = st.one_of(
    st.text(alphabet="aå\n", max_size=4).map(str.encode),
    st.text(alphabet="aå\n", max_size=4).map(lambda text: frame(text.encode())),
    st.builds(lambda size, length: frame(b"a\n" * size, length=length), *[st.integers(0, 9)] * 2),
    st.integers(1, 15).map(lambda size: HEADER[:size]),
    st.binary(max_size=4),
)


@given(st.lists(PARTS).map(b"".join), st.lists(st.integers(0, 200)))
def test_pieces_do_not_matter(output: bytes, cuts: list[int]) -> None:
    """The result does not depend on the pieces in which the kernel delivers the output."""
    places = [0, *sorted(cuts), len(output)]
    pieces = [output[start:end] for start, end in zip(places, places[1:])]

    assert b"".join(split_lines(*pieces)) == b"".join(split_lines(output))


@given(st.lists(st.tuples(st.text(), st.booleans())))
def test_no_text_is_lost(written: list[tuple[str, bool]]) -> None:
    """Only newlines are added to printed text and records."""
    output = b"".join(frame(text.encode()) if log else text.encode() for text, log in written)
    found = b"".join(split_lines(output))

    assert found.replace(b"\n", b"") == "".join(text for text, _ in written).encode().replace(
        b"\n", b""
    )
    assert found == b"" or found.endswith(b"\n")
