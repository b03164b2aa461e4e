"""The laws of the split, over random distributions, files and layers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.split import (
    Contents,
    expand_provided,
    find_layer_distributions,
    find_shared_distributions,
    find_version_conflicts,
    subtract_layers,
)

NAMES = ("botocore", "click", "idna", "numpy", "pillow", "six")
PATHS = ("acme/__init__.py", "acme/money.py", "acme/orders.py", "words.py")


def distribution(name: str, version: str = "1.0") -> Distribution:
    return Distribution(name, version, f"{name}-{version}-py3-none-any.whl", "5e" * 32)


def contents(*names: str, sources: tuple[str, ...] = (), scripts: tuple[str, ...] = ()) -> Contents:
    return Contents(
        frozenset((path, "aa") for path in sources),
        frozenset(map(distribution, names)),
        frozenset((f"bin/{name}", f"{name} 1.0") for name in scripts),
    )


some_contents = st.builds(
    lambda names, paths, scripts: contents(*names, sources=tuple(paths), scripts=tuple(scripts)),
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(PATHS)),
    st.sets(st.sampled_from(NAMES)),
)
some_layers = st.lists(some_contents, max_size=5)


@given(some_contents, some_layers)
def test_nothing_is_there_twice(closure: Contents, layers: list[Contents]) -> None:
    """What is carried and what the layers carry are disjoint."""
    own = subtract_layers(closure, layers)

    for layer in layers:
        assert not own.sources & layer.sources
        assert not own.projects & layer.projects
        assert not own.scripts & layer.scripts


@given(some_contents, some_layers)
def test_nothing_is_missing(closure: Contents, layers: list[Contents]) -> None:
    """What is carried, with the layers, holds the whole closure, and nothing is carried beyond it."""
    own = subtract_layers(closure, layers)
    together = own.union(layers)

    assert closure.sources <= together.sources
    assert closure.projects <= together.projects
    assert closure.scripts <= together.scripts
    assert own.sources <= closure.sources
    assert own.distributions <= closure.distributions
    assert own.scripts <= closure.scripts


@given(some_contents, some_layers)
def test_the_order_of_layers(closure: Contents, layers: list[Contents]) -> None:
    """The order of the layers changes nothing in what is carried."""
    assert subtract_layers(closure, layers) == subtract_layers(closure, list(reversed(layers)))


@given(some_contents)
def test_without_layers(closure: Contents) -> None:
    """No layers change nothing."""
    assert subtract_layers(closure, []) == closure


@given(some_contents, some_layers, some_contents)
def test_one_layer_more(closure: Contents, layers: list[Contents], further: Contents) -> None:
    """Adding a layer never adds to what is carried."""
    fewer, more = subtract_layers(closure, layers), subtract_layers(closure, [*layers, further])

    assert more.sources <= fewer.sources
    assert more.distributions <= fewer.distributions


def test_a_wheel_in_two_layers_is_provided_once() -> None:
    """Two layers that share a wheel do not bring it back into the function."""
    pillow = contents("pillow")

    assert subtract_layers(contents("pillow", "click"), [pillow, pillow]) == contents("click")
    assert find_shared_distributions({"a": pillow, "b": pillow}) == (("pillow", ("a", "b")),)


def test_the_first_layer_that_has_it() -> None:
    """A distribution comes from the first of the layers that carry it, in AWS's order."""
    layers = {"b": contents("six"), "a": contents("six", "idna")}

    assert find_layer_distributions(contents("six", "click"), layers) == (
        (distribution("six"), "b"),
    )


def test_changed_files_are_not_the_same() -> None:
    """A first-party file is left out only where a layer has it with the same content."""
    changed = Contents(frozenset({("words.py", "bb")}))

    assert subtract_layers(changed, [contents(sources=("words.py",))]) == changed


def test_versions_that_disagree() -> None:
    """Between the artifact and its layers, and between two layers."""
    one = Contents(frozenset(), frozenset({distribution("six", "1.0")}))
    two = Contents(frozenset(), frozenset({distribution("six", "2.0")}))

    (found,) = find_version_conflicts("fn", Contents(), {"a": one, "b": two})

    assert found.versions == (("a", "1.0"), ("b", "2.0"))
    assert find_version_conflicts("fn", one, {"a": one}) == ()


def test_the_sdk_is_cut_where_it_begins() -> None:
    """`aws-sdk` ends the walk at boto3 and what is made for it; other names are normalised."""
    assert expand_provided(["aws-sdk"]) == {"boto3", "botocore", "s3transfer"}
    assert expand_provided(["PyYAML", "ruamel.yaml"]) == {"pyyaml", "ruamel-yaml"}
