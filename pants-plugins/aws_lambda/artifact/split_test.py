"""Test the laws of the split with random distributions, files and layers."""

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
def test_artifact_and_layers_are_disjoint(closure: Contents, layers: list[Contents]) -> None:
    """An artifact contains nothing that one of its layers contains."""
    own = subtract_layers(closure, layers)

    for layer in layers:
        assert not own.sources & layer.sources
        assert not own.projects & layer.projects
        assert not own.scripts & layer.scripts


@given(some_contents, some_layers)
def test_artifact_and_layers_cover_the_closure(closure: Contents, layers: list[Contents]) -> None:
    """An artifact and its layers contain the whole closure, and the artifact nothing else."""
    own = subtract_layers(closure, layers)
    together = own.union(layers)

    assert closure.sources <= together.sources
    assert closure.projects <= together.projects
    assert closure.scripts <= together.scripts
    assert own.sources <= closure.sources
    assert own.distributions <= closure.distributions
    assert own.scripts <= closure.scripts


@given(some_contents, some_layers)
def test_order_of_layers_does_not_matter(closure: Contents, layers: list[Contents]) -> None:
    """The order of its layers does not change an artifact's contents."""
    assert subtract_layers(closure, layers) == subtract_layers(closure, list(reversed(layers)))


@given(some_contents)
def test_artifact_without_layers_is_its_closure(closure: Contents) -> None:
    """Without layers, an artifact contains its whole closure."""
    assert subtract_layers(closure, []) == closure


@given(some_contents, some_layers, some_contents)
def test_another_layer_never_adds_contents(
    closure: Contents, layers: list[Contents], further: Contents
) -> None:
    """Attaching another layer never makes an artifact larger."""
    fewer, more = subtract_layers(closure, layers), subtract_layers(closure, [*layers, further])

    assert more.sources <= fewer.sources
    assert more.distributions <= fewer.distributions


def test_two_layers_may_contain_one_distribution() -> None:
    """The function does not contain it, and both layers are reported."""
    pillow = contents("pillow")

    assert subtract_layers(contents("pillow", "click"), [pillow, pillow]) == contents("click")
    assert find_shared_distributions({"a": pillow, "b": pillow}) == (("pillow", ("a", "b")),)


def test_distribution_comes_from_the_first_layer() -> None:
    """A distribution comes from the first layer that contains it, in AWS's order."""
    layers = {"b": contents("six"), "a": contents("six", "idna")}

    assert find_layer_distributions(contents("six", "click"), layers) == (
        (distribution("six"), "b"),
    )


def test_changed_file_is_kept() -> None:
    """A first-party file is left out only if a layer has it with the same content."""
    changed = Contents(frozenset({("words.py", "bb")}))

    assert subtract_layers(changed, [contents(sources=("words.py",))]) == changed


def test_different_versions_conflict() -> None:
    """An artifact can conflict with its layers, and two layers with each other."""
    one = Contents(frozenset(), frozenset({distribution("six", "1.0")}))
    two = Contents(frozenset(), frozenset({distribution("six", "2.0")}))

    (found,) = find_version_conflicts("fn", Contents(), {"a": one, "b": two})

    assert found.versions == (("a", "1.0"), ("b", "2.0"))
    assert find_version_conflicts("fn", one, {"a": one}) == ()


def test_aws_sdk_means_three_projects() -> None:
    """`aws-sdk` means boto3 and its own projects; other names are normalized."""
    assert expand_provided(["aws-sdk"]) == {"boto3", "botocore", "s3transfer"}
    assert expand_provided(["PyYAML", "ruamel.yaml"]) == {"pyyaml", "ruamel-yaml"}
