"""Files of an artifact, their owners, and how both are spelled."""

from __future__ import annotations

import ast
import base64
import hashlib

import hypothesis.strategies as st
import pytest
from hypothesis import given

from aws_lambda.artifact.contents import has_only_comments, normalize_name, urlsafe_sha256
from aws_lambda.testing.files import extra_file, first_party, reexport, third_party


def test_owners_are_named_in_words_of_the_user() -> None:
    """A distribution by its name and version, a file by its path in the repository."""
    owners = [first_party("app.py"), extra_file("app.toml"), third_party("a.py"), reexport()]

    assert [str(file.owner) for file in owners] == [
        "src/app.py (first-party)",
        "assets/app.toml (extra file)",
        "click 8.1.7",
        "lambda_function.handler (re-export)",
    ]


def test_a_reader_is_told_where_to_find_a_file() -> None:
    """In the repository, or inside a distribution."""
    files = [first_party("app.py"), third_party("click/core.py")]

    assert [file.source for file in files] == ["src/app.py", "click/core.py of click 8.1.7"]


def test_only_distributions_have_a_project() -> None:
    """Its normalised name, without the version."""
    owners = [third_party("a.py", of="my-dist 1.0+cpu"), first_party("a.py"), extra_file("a.py")]

    assert [file.owner.project for file in [*owners, reexport()]] == ["my-dist", "", "", ""]


def test_a_mode_is_one_of_two() -> None:
    """AWS asks for 644, and for 755 where a file is to be executed."""
    assert first_party("a").mode == 0o644
    assert first_party("a", executable=True).mode == 0o755


@pytest.mark.parametrize("name", ["Foo.Bar_baz", "foo-bar-baz", "FOO--bar.baz"])
def test_names_of_projects_are_normalised(name: str) -> None:
    """PEP 503: runs of `-`, `_` and `.` are one hyphen, and case does not matter."""
    assert normalize_name(name) == "foo-bar-baz"


def test_a_hash_is_spelled_as_records_spell_it() -> None:
    """URL-safe base64 without padding."""
    digest = hashlib.sha256(b"content")
    encoded = urlsafe_sha256(digest.hexdigest())

    assert "=" not in encoded
    assert base64.urlsafe_b64decode(encoded + "=") == digest.digest()


@given(st.lists(st.sampled_from(["# a", "x", '"""', " ", "\t# b", "\n", "\r\n", "\\\n", "\ufeff"])))
def test_code_is_what_the_parser_keeps(parts: list[str]) -> None:
    """Docstrings count as code; comments, blank lines and a mark of the encoding do not."""
    content = "".join(parts).encode()
    try:
        has_code = bool(ast.parse(content).body)
    except SyntaxError:
        has_code = True

    assert not (has_only_comments(content) and has_code)
    assert has_only_comments(content) or has_code or b"\\" in content


@pytest.mark.parametrize("content", ["", "# The company.\n", "\n  # a\r\n\n#b", "\ufeff# a\n"])
def test_comments_are_no_code(content: str) -> None:
    """What `namespace_packages` may leave out, whatever Python is there to read it."""
    assert has_only_comments(content.encode())
