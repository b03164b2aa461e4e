"""Paths under `dist/` that cannot stand beside each other."""

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
def test_two_targets_clash_over_a_path(pair: tuple[Output, Output]) -> None:
    """One path, or a file of one where the other needs a folder."""
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
def test_targets_that_do_not_meet_do_not_clash(pair: tuple[Output, Output]) -> None:
    """Other paths, one target's own, and targets of other backends are nobody's clash."""
    assert find_conflicts(pair) == ()


def test_all_clashes_are_found() -> None:
    """Three claims of one path are three pairs, sorted."""
    a, b, c = (ours("x.zip", f"//:{name}") for name in "abc")

    assert find_conflicts([c, a, b]) == ((a, b), (a, c), (b, c))


def test_of_every_target_in_the_way_one_output_is_told() -> None:
    """A zip and its metadata clash together, which is one clash for the reader."""
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
    """The same targets in another order have the same clashes."""
    shuffled = list(outputs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert find_conflicts(shuffled) == find_conflicts(outputs)
