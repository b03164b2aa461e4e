"""Test globs that name several targets."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.address_globs import parse_address_glob

TARGETS = [":top", "src:fn", "src/a:api", "src/a:api-v2", "src/a/b:api", "src/ab:api"]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("src/a:", ["src/a:api", "src/a:api-v2"]),
        ("src/a:*", ["src/a:api", "src/a:api-v2"]),
        ("src/a:api-*", ["src/a:api-v2"]),
        ("src/a::", ["src/a:api", "src/a:api-v2", "src/a/b:api"]),
        ("//src/a::", ["src/a:api", "src/a:api-v2", "src/a/b:api"]),
        (":*", ["src/a:api", "src/a:api-v2"]),
        (":", ["src/a:api", "src/a:api-v2"]),
        ("::", ["src/a:api", "src/a:api-v2", "src/a/b:api"]),
        ("//:", [":top"]),
        ("//::", TARGETS),
        ("src/c::", []),
    ],
)
def test_glob_matches_targets(entry: str, found: list[str]) -> None:
    """Targets match by folder, below a folder or by name, relative to `src/a/BUILD`."""
    glob = parse_address_glob(entry, "src/a")

    assert glob is not None
    assert [each for each in TARGETS if glob.matches(*each.split(":"))] == found


@pytest.mark.parametrize("entry", ["src/a", "src/a:api", ":api", "//src/a:api", "src/a:api@x=1"])
def test_address_is_not_a_glob(entry: str) -> None:
    """An address names one target, or the variants of a parametrized target."""
    assert parse_address_glob(entry, "src/a") is None
