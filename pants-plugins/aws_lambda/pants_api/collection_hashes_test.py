from __future__ import annotations

from pants.engine.fs import CreateDigest, FileContent

from aws_lambda.pants_api import collection_hashes


def test_hash_depends_on_the_items() -> None:
    """Equal collections have the same hash, and different collections have different hashes."""
    collection_hashes.rules()

    def digest_of(content: bytes) -> CreateDigest:
        return CreateDigest([FileContent("a", content)])

    assert hash(digest_of(b"1")) == hash(digest_of(b"1"))
    assert len({hash(digest_of(b"%d" % number)) for number in range(100)}) == 100
