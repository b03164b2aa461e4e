"""The plan that the assembler follows."""

from __future__ import annotations

import hashlib
import json
import zlib

from aws_lambda.artifact.contents import Owner, OwnerKind, generated
from aws_lambda.artifact.made_files import first_party, third_party
from aws_lambda.artifact.plan import as_document, generated_path


def test_an_entry_says_where_its_bytes_lie() -> None:
    """In a wheel's stream, in a file of the repository, or in one that the backend wrote."""
    script = generated(
        "bin/tool", b"#!", Owner(OwnerKind.DISTRIBUTION, "click 8.1.7"), executable=True
    )
    plan = json.loads(
        as_document(
            [third_party("click/core.py", b"core"), first_party("app.py", b"app"), script],
            output="dist/api.zip",
            layout="zip",
        )
    )

    assert plan == {
        "output": "out/dist/api.zip",
        "layout": "zip",
        "entries": [
            {"path": "app.py", "mode": 0o644, "file": "repository/src/app.py"},
            {
                "path": "bin/tool",
                "mode": 0o755,
                "file": f"generated/{hashlib.sha256(b'#!').hexdigest()}",
            },
            {
                "path": "click/core.py",
                "mode": 0o644,
                "wheel": "wheels/click-8.1.7-py3-none-any.whl/click-8.1.7-py3-none-any.whl",
                "data": 64,
                "packed": 4,
                "method": 0,
                "size": 4,
                "crc": zlib.crc32(b"core"),
            },
        ],
    }


def test_entries_are_sorted_by_the_bytes_of_their_paths() -> None:
    """The order of the zip does not follow that of the files, nor any locale."""
    files = [first_party(path) for path in ("é.py", "a/b.py", "a.py", "Z.py", "a-b.py")]
    plan = json.loads(as_document(files, output="dist/api", layout="flat"))

    assert [each["path"] for each in plan["entries"]] == [
        "Z.py",
        "a-b.py",
        "a.py",
        "a/b.py",
        "é.py",
    ]


def test_equal_generated_files_share_their_bytes() -> None:
    """A generated file is named by its content, so two of them need one file."""
    owner = Owner(OwnerKind.REEXPORT, "lambda_function.handler")

    assert generated_path(generated("a.py", b"x", owner)) == generated_path(
        generated("b.py", b"x", owner)
    )
