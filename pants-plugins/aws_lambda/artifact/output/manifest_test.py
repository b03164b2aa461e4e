"""Tests of the facts about a built artifact."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from textwrap import dedent

import pytest

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    Owner,
    OwnerKind,
    Resolution,
    generate_file,
)
from aws_lambda.artifact.exclusions import OmittedFiles
from aws_lambda.artifact.findings import NO_FINDINGS, Finding, JudgedFindings, Severity
from aws_lambda.artifact.options import BytecodeMode
from aws_lambda.artifact.output.bytecode_files import Bytecode
from aws_lambda.artifact.output.manifest import (
    Manifest,
    TypingOnlyCode,
    WrittenZip,
    content_sha256,
    format_bytes,
)
from aws_lambda.testing.files import extra_file, first_party_file, reexport_file, third_party_file

FUNCTION = Manifest(
    kind="function",
    address="src/api:fn",
    runtime="python3.13",
    architecture="arm64",
    handler="lambda_function.handler",
    files=(
        first_party_file("app.py", b"app"),
        third_party_file("click/core.py", b"core" * 500),
        third_party_file("click/types.py", b"types"),
        extra_file("etc/ünï.toml", b"x"),
        reexport_file(b"from app import main as handler\n"),
    ),
    distributions=(
        Distribution("idna", "3.10", "idna-3.10-py3-none-any.whl", "1d" * 32),
        Distribution("click", "8.1.7", "click-8.1.7-py3-none-any.whl", "c1" * 32),
    ),
    resolutions=(Resolution("a/__init__.py", "a 1.0", ("b 2.0", "c 3.0")),),
    findings=JudgedFindings(
        (
            (Severity.WARNING, Finding("L014", "python3.9", "It ended.", "choose another.")),
            (Severity.INFO, Finding("L006", "a", "It lacks a.", "lock a.")),
        )
    ),
    omitted=(
        OmittedFiles("tests", (third_party_file("click/tests/a.py", b"ab"),)),
        OmittedFiles(
            "docs/**", (third_party_file("docs/a"), third_party_file("docs/b", b"b" * 2048))
        ),
    ),
    typing_only=TypingOnlyCode((("mypy-boto3-s3", "1.40.0"),), ("src/api/models.py",)),
    written_zip=WrittenZip("00ff" * 16, 3174),
    bytecode=Bytecode(
        BytecodeMode.REACHABLE,
        "CPython 3.13.9",
        (
            first_party_file("__pycache__/app.cpython-313.pyc", b"pyc", source="src/app.py"),
            third_party_file("click/__pycache__/core.cpython-313.pyc", b"compiled"),
        ),
    ),
    omitted_wheel_files=(
        (
            Distribution("click", "8.1.7", "click-8.1.7-py3-none-any.whl", "c1" * 32),
            (("bin/click", 7), ("headers", 3)),
        ),
    ),
)


def test_metadata() -> None:
    """Keys are sorted, names are not escaped, and the text ends with a newline."""
    assert FUNCTION.as_json() == dedent(f"""
        {{
          "address": "src/api:fn",
          "architecture": "arm64",
          "bytecode": {{
            "compiler": "CPython 3.13.9",
            "mode": "reachable",
            "modules": 2,
            "unzipped_bytes": 11
          }},
          "code_sha256": "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=",
          "content_sha256": "{content_sha256(FUNCTION.files, BytecodeMode.REACHABLE)}",
          "distributions": [
            {{
              "left_out": {{
                "bin/click": 7,
                "headers": 3
              }},
              "name": "click",
              "sha256": "{"c1" * 32}",
              "unzipped_bytes": 2013,
              "version": "8.1.7",
              "wheel": "click-8.1.7-py3-none-any.whl"
            }},
            {{
              "left_out": {{}},
              "name": "idna",
              "sha256": "{"1d" * 32}",
              "unzipped_bytes": 0,
              "version": "3.10",
              "wheel": "idna-3.10-py3-none-any.whl"
            }}
          ],
          "excluded": [
            {{
              "bytes": 2,
              "entry": "tests",
              "files": 1
            }},
            {{
              "bytes": 2048,
              "entry": "docs/**",
              "files": 2
            }}
          ],
          "from_layers": [],
          "handler": "lambda_function.handler",
          "kind": "function",
          "layers": [],
          "provided": [],
          "resolutions": [
            {{
              "others": [
                "b 2.0",
                "c 3.0"
              ],
              "path": "a/__init__.py",
              "winner": "a 1.0"
            }}
          ],
          "runtime": "python3.13",
          "schema_version": 1,
          "sources": [
            {{
              "path": "app.py",
              "sha256": "{hashlib.sha256(b"app").hexdigest()}",
              "source": "src/app.py"
            }},
            {{
              "path": "etc/ünï.toml",
              "sha256": "{hashlib.sha256(b"x").hexdigest()}",
              "source": "assets/etc/ünï.toml"
            }}
          ],
          "total_unzipped_bytes": 2052,
          "typing_only": {{
            "distributions": [
              {{
                "name": "mypy-boto3-s3",
                "version": "1.40.0"
              }}
            ],
            "targets": [
              "src/api/models.py"
            ]
          }},
          "unzipped_bytes": 2052,
          "zip_bytes": 3174
        }}
        """).lstrip()


def test_metadata_of_a_folder() -> None:
    """A folder has `null` for the properties of a zip. A layer has no handler."""
    folder = replace(FUNCTION, kind="layer", handler=None, written_zip=None)
    document = folder.as_json()

    assert '"code_sha256": null' in document
    assert '"zip_bytes": null' in document
    assert '"handler"' not in document


def test_metadata_with_complete_platforms() -> None:
    """An unknown runtime is `null`."""
    document = replace(FUNCTION, runtime=None, architecture=None).as_json()

    assert '"runtime": null' in document
    assert '"architecture": null' in document


def test_source_of_an_extended_file() -> None:
    """A first-party file to which the backend added a line keeps its source."""
    owner = Owner(OwnerKind.FIRST_PARTY, "src/lambda_function.py")
    manifest = replace(FUNCTION, files=(generate_file("lambda_function.py", b"x", owner),))

    assert '"source": "src/lambda_function.py"' in manifest.as_json()


@pytest.mark.parametrize(
    ("manifest", "lines"),
    [
        (
            FUNCTION,
            [
                "    Runtime: python3.13 (arm64)",
                "    Handler: lambda_function.handler",
                "    Size: 3.1 KiB zipped, 2.0 KiB unzipped",
                "    CodeSha256: AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=",
                "    Left out: tests (1 file, 2 B), docs/** (2 files, 2.0 KiB)",
                "    L006 info: It lacks a. To fix, lock a. (pants lambda-explain -- L006)",
            ],
        ),
        (
            replace(
                FUNCTION,
                kind="layer",
                handler=None,
                written_zip=None,
                findings=NO_FINDINGS,
                omitted=(),
            ),
            ["    Runtime: python3.13 (arm64)", "    Size: 2.0 KiB unzipped"],
        ),
        (
            replace(
                FUNCTION,
                runtime=None,
                handler=None,
                written_zip=None,
                findings=NO_FINDINGS,
                omitted=(),
            ),
            ["    Runtime: complete platforms (arm64)", "    Size: 2.0 KiB unzipped"],
        ),
        (
            replace(
                FUNCTION,
                runtime=None,
                architecture=None,
                handler=None,
                written_zip=None,
                findings=NO_FINDINGS,
                omitted=(),
            ),
            ["    Runtime: complete platforms", "    Size: 2.0 KiB unzipped"],
        ),
        (
            replace(
                FUNCTION,
                written_zip=None,
                findings=NO_FINDINGS,
                omitted=(),
                resolutions=(
                    Resolution("LICENSE", "a 1.0", ("b 2.0",), "no code"),
                    Resolution("a/__init__.py", "a 1.0", ("b 2.0",)),
                    Resolution("jwt.py", None, ("a 1.0", "b 2.0"), "*.py"),
                    Resolution("x/a.py", "src/x/a.py", ("b 2.0",), "x/**"),
                    Resolution("x/b.py", "src/x/b.py", ("b 2.0",), "x/**"),
                ),
            ),
            [
                "    Runtime: python3.13 (arm64)",
                "    Handler: lambda_function.handler",
                "    Size: 2.0 KiB unzipped",
                "    Resolved: LICENSE -> a 1.0 (no code), jwt.py -> no file (*.py), "
                "x/a.py -> src/x/a.py (x/**) and 1 more",
            ],
        ),
    ],
)
def test_printed_lines(manifest: Manifest, lines: list[str]) -> None:
    """The lines have the platform, the handler, the sizes, AWS's hash, and all findings."""
    assert manifest.lines() == lines


def test_hash_of_the_content() -> None:
    """It is a SHA-256 of mode, hash and path of each file, sorted by path, and the mode."""
    files = [first_party_file("b.py", b"b", executable=True), third_party_file("a.py", b"a")]
    lines = [
        f"0644 {hashlib.sha256(b'a').hexdigest()} a.py",
        f"0755 {hashlib.sha256(b'b').hexdigest()} b.py",
        "bytecode none",
    ]
    expected = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()

    assert content_sha256(files, BytecodeMode.NONE) == expected
    assert content_sha256(files[::-1], BytecodeMode.NONE) == expected
    assert content_sha256(files, BytecodeMode.REACHABLE) != expected


def test_hash_of_the_content_ignores_bytecode() -> None:
    """Bytecode may differ between patch releases of Python."""
    other = Bytecode(BytecodeMode.REACHABLE, "CPython 3.13.1", ())
    by_hand = first_party_file("a/__pycache__/b.pyc", b"x")

    assert replace(FUNCTION, bytecode=other).content_sha256 == FUNCTION.content_sha256
    assert (
        replace(FUNCTION, files=(*FUNCTION.files, by_hand)).content_sha256
        == FUNCTION.content_sha256
    )


@pytest.mark.parametrize(
    "other",
    [
        first_party_file("a.py", b"other"),
        first_party_file("b.py", b"a"),
        first_party_file("a.py", b"a", executable=True),
    ],
    ids=["content", "path", "mode"],
)
def test_hash_of_the_content_depends_on_files(other: ArtifactFile) -> None:
    """It depends on content, path and mode of a file, but not on its owner."""
    file = first_party_file("a.py", b"a")

    own = content_sha256([file], BytecodeMode.NONE)
    assert content_sha256([other], BytecodeMode.NONE) != own
    assert content_sha256([third_party_file("a.py", b"a")], BytecodeMode.NONE) == own


def test_code_sha256() -> None:
    """It equals AWS's CodeSha256 and Terraform's `source_code_hash`."""
    digest = hashlib.sha256(b"zip")

    assert (
        WrittenZip(digest.hexdigest(), 3).code_sha256 == base64.b64encode(digest.digest()).decode()
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024 * 1024, "1.0 MiB"),
        (262_144_000, "250.0 MiB"),
        (3 * 1024**3, "3072.0 MiB"),
    ],
)
def test_formatted_sizes(count: int, text: str) -> None:
    """Units are multiples of 1024, as in AWS's limits."""
    assert format_bytes(count) == text
