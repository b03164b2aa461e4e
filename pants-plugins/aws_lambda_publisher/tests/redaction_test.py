"""Text without credentials."""

from __future__ import annotations

import pytest

from aws_lambda_publisher.redaction import hide_values


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key AKIAEXAMPLE", "key [hidden]"),
        ("http://user:password@proxy:80/path", "http://[hidden]@proxy:80/path"),
        (
            "https://host/zip?a=1&X-Amz-Signature=12ab&b=2",
            "https://host/zip?a=1&X-Amz-Signature=[hidden]&b=2",
        ),
        (
            "https://host/zip?x-amz-security-token=12ab'",
            "https://host/zip?x-amz-security-token=[hidden]'",
        ),
        ("mail user@example.com", "mail user@example.com"),
    ],
)
def test_secrets_are_hidden(text: str, clean: str) -> None:
    """Values of credentials, users in URLs and signatures in URLs are replaced."""
    assert hide_values(["AKIAEXAMPLE", None]).clean(text) == clean


def test_secrets_that_contain_each_other() -> None:
    """The longer one is replaced first."""
    assert hide_values(["abc", "abcdef"]).clean("abcdef abc") == "[hidden] [hidden]"


def test_representation_has_no_secrets() -> None:
    """A traceback may contain representations of values."""
    assert "abc" not in repr(hide_values(["abc"]))
