"""Tests of output paths that conflict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.output.output_conflicts import Output, conflicting_outputs, find_conflicts


def ours(path: str, address: str) -> Output:
    return Output(path, address, "lambda_function", True)


def foreign(path: str, address: str) -> Output:
    return Output(path, address, "pex_binary", False)


@pytest.mark.parametrize(
    "pair",
    [
        (ours("a.zip", "//:a"), ours("a.zip", "//:b")),
        (foreign("a.zip", "//:a"), ours("a.zip", "//:b")),
        (ours("a", "//:a"), ours("a/b.zip", "//:b")),
        (foreign("a", "//:a"), ours("a/b/c.zip", "//:b")),
        (ours("a", "//:a"), foreign("a/b", "//:b")),
    ],
)
def test_conflicting_outputs_of_two_targets(pair: tuple[Output, Output]) -> None:
    """Two targets write one path, or one writes a file where the other needs a folder."""
    assert find_conflicts(reversed(pair)) == (pair,)


@pytest.mark.parametrize(
    "pair",
    [
        (ours("a.zip", "//:a"), ours("b.zip", "//:b")),
        (ours("a.zip", "//:a"), ours("a.zip", "//:a")),
        (ours("a", "//:a"), ours("a/b", "//:a")),
        (foreign("a.pex", "//:a"), foreign("a.pex", "//:b")),
        (ours("a/b", "//:a"), ours("a/bc", "//:b")),
        (ours("a/b", "//:a"), ours("a/c", "//:b")),
    ],
)
def test_outputs_without_conflict(pair: tuple[Output, Output]) -> None:
    """Different paths, outputs of one target, and targets of other backends do not conflict."""
    assert find_conflicts(pair) == ()


def test_three_targets_with_one_path() -> None:
    """Each pair is a conflict."""
    a, b, c = (ours("x.zip", f"//:{name}") for name in "abc")

    assert find_conflicts([c, a, b]) == ((a, b), (a, c), (b, c))


def test_one_output_per_target() -> None:
    """If a zip and its metadata conflict, only the zip is reported."""
    a, b, c = (ours("x.zip", f"//:{name}") for name in "abc")
    a_too, b_too = (ours("x.zip.metadata.json", f"//:{name}") for name in "ab")

    assert conflicting_outputs([(a_too, b_too), (b, c), (a, b)]) == (a, b, c)
    assert conflicting_outputs([]) == ()


_outputs = st.builds(
    Output,
    st.sampled_from(["a", "a/b", "a/b/c", "d"]),
    st.sampled_from(["//:1", "//:2", "//:3"]),
    st.just("lambda_layer"),
    st.booleans(),
)


@given(st.lists(_outputs), st.randoms())
def test_order_does_not_matter(outputs: list[Output], random: object) -> None:
    """The same targets in another order have the same conflicts."""
    shuffled = list(outputs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert find_conflicts(shuffled) == find_conflicts(outputs)
