"""Reads bodies of HTTP requests, with a Content-Length or in chunks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from email.message import Message

import pytest

from aws_lambda_emulator.request_body import UnreadableBody, read_body


def read(
    content: bytes, headers: Mapping[str, str], limit: int = 100
) -> tuple[tuple[int, bytes], bytes]:
    """The size and the body that were read, and the rest of the stream."""
    message = Message()
    for name, value in headers.items():
        message[name] = value
    stream = io.BytesIO(content)
    return read_body(message, stream, limit), stream.read()


@pytest.mark.parametrize(
    ("content", "headers", "body"),
    [
        (b"next", {}, b""),
        (b"bodynext", {"Content-Length": "4"}, b"body"),
        (b"0\r\n\r\nnext", {"Transfer-Encoding": "chunked"}, b""),
        (
            b"2\r\nbo\r\nA;a=b\r\n0123456789\r\n0\r\n\r\nnext",
            {"Transfer-Encoding": "Chunked"},
            b"bo0123456789",
        ),
        (b"1\r\nb\r\n0\r\nName: value\r\n\r\nnext", {"Transfer-Encoding": "chunked"}, b"b"),
    ],
)
def test_body_is_read_to_its_end(content: bytes, headers: dict[str, str], body: bytes) -> None:
    """The next request in the stream is left unread."""
    assert read(content, headers) == ((len(body), body), b"next")


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"01234567890123next", {"Content-Length": "14"}),
        (b"a\r\n0123456789\r\n4\r\n0123\r\n0\r\n\r\nnext", {"Transfer-Encoding": "chunked"}),
    ],
)
def test_large_body_is_truncated(content: bytes, headers: dict[str, str]) -> None:
    """The whole body is read, so that the connection can be used again, but only a part is kept."""
    assert read(content, headers, limit=12) == ((14, b"012345678901"), b"next")


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"body", {"Content-Length": "-1"}),
        (b"body", {"Content-Length": "four"}),
        (b"body", {"Transfer-Encoding": "gzip, chunked"}),
        (b"-1\r\n", {"Transfer-Encoding": "chunked"}),
        (b"0x1\r\nb\r\n", {"Transfer-Encoding": "chunked"}),
        (b"1\r\nbody\r\n", {"Transfer-Encoding": "chunked"}),
        (b"1" * 9000, {"Transfer-Encoding": "chunked"}),
    ],
)
def test_body_without_a_length_is_unreadable(content: bytes, headers: dict[str, str]) -> None:
    """The headers must state the length in one of two ways."""
    with pytest.raises(UnreadableBody):
        read(content, headers)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"bo", {"Content-Length": "4"}),
        (b"4\r\nbo", {"Transfer-Encoding": "chunked"}),
        (b"2\r\nbo\r\n", {"Transfer-Encoding": "chunked"}),
    ],
)
def test_client_closes_the_connection(content: bytes, headers: dict[str, str]) -> None:
    """A lost connection is not an error of the request, because no client waits for an answer."""
    with pytest.raises(ConnectionError):
        read(content, headers)
