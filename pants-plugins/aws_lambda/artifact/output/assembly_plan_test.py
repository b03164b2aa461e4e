"""The plan that the assembler follows."""

from __future__ import annotations

import hashlib
import json
import zlib

from aws_lambda.artifact.contents import Owner, OwnerKind, generate_file
from aws_lambda.artifact.output.assembly_plan import (
    generated_path,
    part_as_json,
    plan_as_json,
)
from aws_lambda.artifact.output.bytecode_files import CompiledModule, bytecode_file
from aws_lambda.testing.files import first_party_file, third_party_file


def test_an_entry_says_where_its_bytes_lie() -> None:
    """In a wheel's stream, in a file of the repository, or in one that the backend wrote."""
    script = generate_file(
        "bin/tool", b"#!", Owner(OwnerKind.DISTRIBUTION, "click", "8.1.7"), executable=True
    )
    plan = json.loads(
        plan_as_json(
            [
                first_party_file("app.py", b"app"),
                script,
                third_party_file("click/core.py", b"core"),
            ],
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
    core = third_party_file("click/core.py", b"core")
    module = CompiledModule(data=7, packed=11, size=13, crc=17, sha256="")

    part = json.loads(part_as_json([bytecode_file(core, "bytecode/click", module, (3, 13))]))

    path = "click/__pycache__/core.cpython-313.pyc"
    assert part == {
        "files": [],
        "archives": {"bytecode/click": [[path, 0o644, 7, 11, 8, 13, 17]]},
    }


def test_generated_files_of_distributions_are_apart() -> None:
    """A change of first-party code leaves the part of the plan for distributions as it is."""
    click = Owner(OwnerKind.DISTRIBUTION, "click", "8.1.7")
    reexport = Owner(OwnerKind.REEXPORT, "app.handler")

    record = generate_file("click-8.1.7.dist-info/RECORD", b"", click)
    entry = generate_file("lambda_function.py", b"", reexport)

    assert generated_path(record) == f"third-party/{record.sha256}"
    assert generated_path(entry) == f"generated/{entry.sha256}"


def test_equal_generated_files_share_their_bytes() -> None:
    """A generated file is named by its content, so two of them need one file."""
    owner = Owner(OwnerKind.REEXPORT, "lambda_function.handler")

    assert generated_path(generate_file("a.py", b"x", owner)) == generated_path(
        generate_file("b.py", b"x", owner)
    )
