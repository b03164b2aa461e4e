"""Test files of an artifact, their owners, and the text that messages print for both."""

from __future__ import annotations

import ast
import base64
import hashlib

import hypothesis.strategies as st
import pytest
from hypothesis import given

from aws_lambda.artifact.contents import has_only_comments, normalize_name, urlsafe_sha256
from aws_lambda.testing.files import extra_file, first_party_file, reexport_file, third_party_file


def test_owner_is_printed_for_users() -> None:
    """A distribution is its name and version; other owners are a path or name, and a kind."""
    owners = [
        first_party_file("app.py"),
        extra_file("app.toml"),
        third_party_file("a.py"),
        reexport_file(),
    ]

    assert [str(file.owner) for file in owners] == [
        "src/app.py (first-party)",
        "assets/app.toml (extra file)",
        "click 8.1.7",
        "lambda_function.handler (re-export)",
    ]


def test_source_says_where_a_file_is() -> None:
    """Users find a file in the repository or in a distribution."""
    files = [first_party_file("app.py"), third_party_file("click/core.py")]

    assert [file.source for file in files] == ["src/app.py", "click/core.py of click 8.1.7"]


def test_only_distributions_have_a_project() -> None:
    """The project is the normalized name, without the version."""
    owners = [
        third_party_file("a.py", of="my-dist 1.0+cpu"),
        first_party_file("a.py"),
        extra_file("a.py"),
    ]

    assert [file.owner.project for file in [*owners, reexport_file()]] == ["my-dist", "", "", ""]


def test_files_have_two_modes() -> None:
    """AWS asks for 644 for files, and for 755 for executables."""
    assert first_party_file("a").mode == 0o644
    assert first_party_file("a", executable=True).mode == 0o755


@pytest.mark.parametrize("name", ["Foo.Bar_baz", "foo-bar-baz", "FOO--bar.baz"])
def test_project_names_are_normalized(name: str) -> None:
    """PEP 503 replaces runs of `-`, `_` and `.` by one hyphen, and ignores case."""
    assert normalize_name(name) == "foo-bar-baz"


def test_record_hash_is_unpadded_base64() -> None:
    """`RECORD` files contain hashes in URL-safe base64 without padding."""
    digest = hashlib.sha256(b"content")
    encoded = urlsafe_sha256(digest.hexdigest())

    assert "=" not in encoded
    assert base64.urlsafe_b64decode(encoded + "=") == digest.digest()


@given(st.lists(st.sampled_from(["# a", "x", '"""', " ", "\t# b", "\n", "\r\n", "\\\n", "\ufeff"])))
def test_only_comments_agrees_with_the_parser(parts: list[str]) -> None:
    """Docstrings are code; comments, blank lines and a byte order mark are not."""
    content = "".join(parts).encode()
    try:
        has_code = bool(ast.parse(content).body)
    except SyntaxError:
        has_code = True

    assert not (has_only_comments(content) and has_code)
    assert has_only_comments(content) or has_code or b"\\" in content


@pytest.mark.parametrize("content", ["", "# The company.\n", "\n  # a\r\n\n#b", "\ufeff# a\n"])
def test_comments_and_blank_lines_are_no_code(content: str) -> None:
    """`namespace_packages` may leave out such an `__init__.py`."""
    assert has_only_comments(content.encode())
