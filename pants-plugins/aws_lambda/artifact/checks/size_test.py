"""Tests of L013: artifacts near AWS's size limit. `layer_refusals_test.py` covers `TooBig`."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.size import check_size_share
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding

WHERE = Where("lambda_function", "src/api:fn")


@pytest.mark.parametrize(
    ("size", "with_layers", "described"),
    [
        (209_715_201, False, "200.0 MiB unzipped"),
        (220_000_000, True, "209.8 MiB unzipped with its layers"),
    ],
)
def test_artifact_above_the_share(size: int, with_layers: bool, described: str) -> None:
    """The sentence says whether the size includes layers."""
    assert [*check_size_share(size, 0.8, with_layers=with_layers, where=WHERE)] == [
        Finding(
            "L013",
            "src/api:fn",
            f"The `lambda_function` target src/api:fn has {described}, and AWS accepts 250.0 MiB.",
            "use `exclude` on its largest distributions, which its metadata lists.",
        )
    ]


@pytest.mark.parametrize(("size", "share"), [(209_715_200, 0.8), (0, 0.0), (262_144_000, 1.0)])
def test_artifact_at_most_at_the_share(size: int, share: float) -> None:
    """A size equal to the share gets no finding."""
    assert not [*check_size_share(size, share, with_layers=False, where=WHERE)]
