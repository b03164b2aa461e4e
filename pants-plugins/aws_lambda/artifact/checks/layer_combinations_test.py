"""Tests of L009 and L010: attached layers that share distributions or a folder."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.layer_combinations import (
    check_duplicate_distributions,
    check_unknown_layers,
)
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding

WHERE = Where("lambda_function", "src/api:fn")
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:tracing:7"
WITH_PREFIX = ("src/l:c", "python/lib/python3.13/site-packages")


def test_distribution_in_several_layers() -> None:
    """The fix keeps the distribution in the first of them."""
    duplicates = [("click", ("src/l:a", "src/l:b", "src/l:c"))]

    assert [*check_duplicate_distributions(duplicates)] == [
        Finding(
            "L009",
            "click",
            "click is in several layers: src/l:a, src/l:b, src/l:c.",
            'keep it in one of them: set `layers=["src/l:a"]` on src/l:c.',
        )
    ]
    assert not [*check_duplicate_distributions([])]


def test_unknown_layers_next_to_known_ones() -> None:
    """Each layer attached by ARN gets a finding."""
    layers = [("src/l:a", "python"), ("src/l:b", "python"), WITH_PREFIX]
    first, second = check_unknown_layers([ARN, f"{ARN}1"], layers, where=WHERE)

    assert first == Finding(
        "L010",
        ARN,
        f"The `lambda_function` target src/api:fn attaches {ARN}, whose files are unknown, and "
        "src/l:a, src/l:b: Lambda unpacks them into one folder, where files of later layers "
        "overwrite those of earlier ones.",
        "make sure that they share no path, or set `prefix` on your own layers, such as "
        '`prefix="python/lib/python3.13/site-packages"`.',
    )
    assert second.subject == f"{ARN}1"


@pytest.mark.parametrize(
    ("arns", "layers"),
    [([], []), ([ARN], []), ([], [("src/l:a", "python")]), ([ARN], [WITH_PREFIX])],
)
def test_layers_that_share_no_folder(arns: list[str], layers: list[tuple[str, str]]) -> None:
    """L010 needs an unknown and a known layer in one folder."""
    assert not [*check_unknown_layers(arns, layers, where=WHERE)]
