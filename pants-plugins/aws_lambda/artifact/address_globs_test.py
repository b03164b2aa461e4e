"""Entries that name several targets."""

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
def test_a_glob_means_targets(entry: str, found: list[str]) -> None:
    """By folder, below it, or by name; relative to the BUILD file of `src/a`."""
    glob = parse_address_glob(entry, "src/a")

    assert glob is not None
    assert [each for each in TARGETS if glob.matches(*each.split(":"))] == found


@pytest.mark.parametrize("entry", ["src/a", "src/a:api", ":api", "//src/a:api", "src/a:api@x=1"])
def test_a_plain_address_is_no_glob(entry: str) -> None:
    """It names one target, or the variants of a parametrized one."""
    assert parse_address_glob(entry, "src/a") is None
