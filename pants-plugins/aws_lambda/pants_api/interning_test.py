"""Values of the engine that can be told apart by their hash."""

from __future__ import annotations

from pants.engine.fs import CreateDigest, FileContent

from aws_lambda.pants_api import interning


def test_collections_are_hashed_by_their_items() -> None:
    """Equal ones have one hash, and others have others."""
    interning.rules()

    def made(content: bytes) -> CreateDigest:
        return CreateDigest([FileContent("a", content)])

    assert hash(made(b"1")) == hash(made(b"1"))
    assert len({hash(made(b"%d" % number)) for number in range(100)}) == 100
