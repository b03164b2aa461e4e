"""Pure tests of the choice of layer versions, and of the layers of a function."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aws_lambda_publisher.layer_choice import (
    AttachedLayer,
    attach_layers,
    choose_arn,
    matching_versions,
)
from aws_lambda_publisher.request import WantedLayer
from aws_lambda_publisher.state import LayerVersion, describe_layer

WANTED = WantedLayer(
    address="src:deps",
    name="deps",
    zip="deps.zip",
    code_sha256="code=",
    content_sha256="a" * 64,
    zip_bytes=1,
    unzipped_bytes=1,
    runtimes=("python3.13",),
    architectures=("x86_64",),
)
SAME = LayerVersion(
    arn="arn:aws:lambda:eu-west-1:1:layer:deps:3",
    version=3,
    description=describe_layer("a" * 64, "src:deps"),
    runtimes=("python3.13",),
    architectures=("x86_64",),
    code_sha256="code=",
)


def arn(layer: str) -> str:
    return f"arn:aws:lambda:eu-west-1:1:layer:{layer}"


@pytest.mark.parametrize(
    ("version", "matches"),
    [
        (SAME, True),
        (replace(SAME, description="content_sha256=" + "b" * 64), False),
        (replace(SAME, description="by hand"), False),
        (replace(SAME, runtimes=("python3.12",)), False),
        (replace(SAME, architectures=()), False),
    ],
    ids=["same", "content", "by hand", "runtime", "architecture"],
)
def test_version_with_the_same_content(version: LayerVersion, matches: bool) -> None:
    """The content in the description, the runtimes and the architectures are equal."""
    assert bool(matching_versions(WANTED, [version])) == matches


def test_attached_version_is_kept() -> None:
    """The attached version with the content stays. Otherwise, equal bytes and newer ones win."""
    newer = replace(SAME, arn=arn("deps:7"), version=7)
    other_bytes = replace(SAME, arn=arn("deps:8"), version=8, code_sha256="other=")
    versions = matching_versions(WANTED, [SAME, newer, other_bytes])

    assert choose_arn(versions, ()) == newer.arn
    assert choose_arn(versions, (other_bytes.arn,)) == other_bytes.arn
    assert choose_arn(versions, (SAME.arn,)) == SAME.arn
    assert choose_arn((), (SAME.arn,)) is None


@pytest.mark.parametrize(
    ("wanted", "current", "own", "result"),
    [
        ("deps:2", "", "", "deps:2"),
        ("deps:2", "deps:1", "", "deps:2"),
        ("deps:2", "Datadog:1 deps:1", "", "Datadog:1 deps:2"),
        ("deps:2", "deps:1 Datadog:1", "", "deps:2 Datadog:1"),
        ("deps:2", "Datadog:1", "", "deps:2 Datadog:1"),
        ("a:1 b:1", "b:1 Datadog:1 a:1", "", "a:1 Datadog:1 b:1"),
        ("a:1 b:1", "a:1 Datadog:1", "", "a:1 b:1 Datadog:1"),
        ("a:1", "old:1 a:1 Datadog:1", "old:1", "a:1 Datadog:1"),
        ("", "old:1 Datadog:1", "old:1", "Datadog:1"),
        ("Datadog:2", "Datadog:1", "", "Datadog:2"),
    ],
)
def test_layers_of_others_keep_their_place(
    wanted: str, current: str, own: str, result: str
) -> None:
    """Only layers of this build, and earlier ones of the publisher, are replaced or removed."""
    attached = attach_layers(
        [AttachedLayer(each.partition(":")[0], arn(each)) for each in wanted.split()],
        [arn(each) for each in current.split()],
        own={arn(each) for each in own.split()},
        replace=False,
    )

    assert " ".join(each.shown for each in attached) == result


def test_description_fits_into_the_limit() -> None:
    """AWS allows 256 characters. The hash is never cut."""
    description = describe_layer("a" * 64, "src/" + "long/" * 100)

    assert len(description) == 256
    assert replace(SAME, description=description).content_sha256 == "a" * 64
