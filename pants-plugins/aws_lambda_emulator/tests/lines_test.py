"""What is made of a function's output, with and without frames."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda_emulator.lines import Lines

MIB = 1024 * 1024


def frame(record: bytes, *, kind: int = 0xA55A0003, length: int | None = None) -> bytes:
    """As AWS's client writes it, in November 2026."""
    size = len(record) if length is None else length
    return struct.pack(">IIQ", kind, size, 1_795_800_000_000_000) + record


def lines(*pieces: bytes) -> list[bytes]:
    """What each piece of output gives, and what is left at the end."""
    found = Lines()
    return [*map(found.take, pieces), found.flush()]


HEADER = frame(b"", length=2)
CASES = {
    "a print": ([b"a\n"], [b"a\n", b""]),
    "a line in two pieces": ([b"a", b"b\nc"], [b"", b"ab\n", b"c\n"]),
    "a record": ([frame(b"a\n")], [b"a\n", b""]),
    "a record without a newline": ([frame(b"a\nb")], [b"a\nb\n", b""]),
    "records in a row": ([frame(b"a") + frame(b"b\n") + b"c\n"], [b"a\nb\nc\n", b""]),
    "a record behind a print that goes on": ([b"a" + frame(b"b") + b"c\n"], [b"a\nb\nc\n", b""]),
    "a record without anything": ([b"a" + frame(b"") + b"b\n"], [b"a\nb\n", b""]),
    "every level, as text and JSON": (
        [frame(b"a", kind=0xA55A0017) + frame(b"{}", kind=0xA55A0016)],
        [b"a\n{}\n", b""],
    ),
    "a record in two pieces": ([frame(b"a", length=2), b"bc"], [b"", b"ab\n", b"c\n"]),
    "the last byte is that of a newline": ([frame(b"a", length=2), b"\n"], [b"", b"a\n", b""]),
    "a frame in two pieces": ([HEADER[:7], HEADER[7:] + b"ab"], [b"", b"ab\n", b""]),
    "a record that ends early": ([frame(b"a", length=9)], [b"", b"a\n"]),
    "another record behind it": ([frame(b"a", length=9) + frame(b"b")], [b"a\nb\n", b""]),
    "a frame that ends early": ([b"a\n" + HEADER[:7]], [b"a\n", HEADER[:7] + b"\n"]),
    "a letter that a frame could begin with": (["blå".encode()], [b"", "blå\n".encode()]),
    "the same at the end of a record": (
        [frame("å".encode()), b"a\n"],
        [b"", "å\na\n".encode(), b""],
    ),
    "bytes that are no frame": ([b"\xa5\x5a\x00\xff\n" * 4], [b"\xa5\x5a\x00\xff\n" * 4, b""]),
}


@pytest.mark.parametrize(("pieces", "expected"), CASES.values(), ids=list(CASES))
def test_a_record_begins_a_line_and_ends_one(pieces: list[bytes], expected: list[bytes]) -> None:
    """Only whole lines are given, in the order in which they were written, and nothing is lost."""
    assert lines(*pieces) == expected


def test_a_line_that_is_too_long_is_parted() -> None:
    """As CloudWatch would; a record too, which still ends its last line once."""
    assert lines(b"x" * (MIB + 1), b"y\n") == [b"x" * (MIB + 1) + b"\n", b"y\n", b""]
    parted = lines(frame(b"x" * (MIB + 1), length=MIB + 2), b"y", b"z\n")
    assert parted == [b"x" * (MIB + 1) + b"\n", b"y\n", b"z\n", b""]


PARTS = st.one_of(
    st.text(alphabet="aå\n", max_size=4).map(str.encode),
    st.text(alphabet="aå\n", max_size=4).map(lambda text: frame(text.encode())),
    st.builds(lambda size, length: frame(b"a\n" * size, length=length), *[st.integers(0, 9)] * 2),
    st.integers(1, 15).map(lambda size: HEADER[:size]),
    st.binary(max_size=4),
)


@given(st.lists(PARTS).map(b"".join), st.lists(st.integers(0, 200)))
def test_how_output_is_cut_does_not_matter(output: bytes, cuts: list[int]) -> None:
    """The kernel gives what there is; a frame may come in any pieces."""
    places = [0, *sorted(cuts), len(output)]
    pieces = [output[start:end] for start, end in zip(places, places[1:])]

    assert b"".join(lines(*pieces)) == b"".join(lines(output))


@given(st.lists(st.tuples(st.text(), st.booleans())))
def test_nothing_of_a_text_is_lost(written: list[tuple[str, bool]]) -> None:
    """Whatever is printed or logged comes out, with no more than newlines between."""
    output = b"".join(frame(text.encode()) if log else text.encode() for text, log in written)
    found = b"".join(lines(output))

    assert found.replace(b"\n", b"") == "".join(text for text, _ in written).encode().replace(
        b"\n", b""
    )
    assert found == b"" or found.endswith(b"\n")
