"""The plan that the assembler follows."""

from __future__ import annotations

import hashlib
import json
import zlib

from aws_lambda.artifact.contents import Owner, OwnerKind, generate_file
from aws_lambda.artifact.output.assembly_plan import (
    as_document,
    as_part,
    generated_path,
    is_third_party,
)
from aws_lambda.artifact.output.bytecode_files import CompiledModule, compiled_file
from aws_lambda.testing.files import first_party, third_party


def test_an_entry_says_where_its_bytes_lie() -> None:
    """In a wheel's stream, in a file of the repository, or in one that the backend wrote."""
    script = generate_file(
        "bin/tool", b"#!", Owner(OwnerKind.DISTRIBUTION, "click", "8.1.7"), executable=True
    )
    plan = json.loads(
        as_document(
            [first_party("app.py", b"app"), script, third_party("click/core.py", b"core")],
            output="dist/api.zip",
            layout="zip",
        )
    )

    assert plan == {
        "output": "out/dist/api.zip",
        "layout": "zip",
        "parts": [],
        "files": [
            ["app.py", 0o644, "repository/src/app.py"],
            ["bin/tool", 0o755, f"third-party/{hashlib.sha256(b'#!').hexdigest()}"],
        ],
        "archives": {
            "wheels/click-8.1.7-py3-none-any.whl/click-8.1.7-py3-none-any.whl": [
                ["click/core.py", 0o644, 64, 4, 0, 4, zlib.crc32(b"core")]
            ],
        },
    }


def test_bytecode_lies_deflated_among_other_modules() -> None:
    """In the file that one process compiled, and named as the sandbox has it."""
    core = third_party("click/core.py", b"core")
    module = CompiledModule(data=7, packed=11, size=13, crc=17, sha256="")

    part = json.loads(as_part([compiled_file(core, "bytecode/click", module, (3, 13))]))

    path = "click/__pycache__/core.cpython-313.pyc"
    assert part == {
        "files": [],
        "archives": {"bytecode/click": [[path, 0o644, 7, 11, 8, 13, 17]]},
    }


def test_what_distributions_bring_is_planned_apart() -> None:
    """Their files, their bytecode, and what the backend writes in their name."""
    click = Owner(OwnerKind.DISTRIBUTION, "click", "8.1.7")
    reexport = Owner(OwnerKind.REEXPORT, "app.handler")

    assert is_third_party(third_party("click/core.py", b"core"))
    assert is_third_party(generate_file("click-8.1.7.dist-info/RECORD", b"", click))
    assert not is_third_party(first_party("app.py", b"app"))
    assert not is_third_party(generate_file("lambda_function.py", b"", reexport))


def test_equal_generated_files_share_their_bytes() -> None:
    """A generated file is named by its content, so two of them need one file."""
    owner = Owner(OwnerKind.REEXPORT, "lambda_function.handler")

    assert generated_path(generate_file("a.py", b"x", owner)) == generated_path(
        generate_file("b.py", b"x", owner)
    )
