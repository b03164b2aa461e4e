"""Tests of the advice about layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from aws_lambda.artifact.report.layer_advice import (
    AdviceGroup,
    AdvisedFunction,
    AdvisedLayer,
    LayerAdvice,
    ProposedLayer,
    SizedDistribution,
    advise_layers,
)

FIELDS = (("runtime", '"python3.13"'), ("architecture", '"x86_64"'))
MB = 1_000_000
SIZES = {
    "attrs": MB // 10,
    "boto3": MB,
    "botocore": 15 * MB,
    "numpy": 20 * MB,
    "pandas": 10 * MB,
    "pyyaml": MB,
}
REQUIRES = {"boto3": {"botocore"}, "pandas": {"numpy"}}
# The distributions that have targets.
REQUIREMENTS = ("attrs", "boto3", "numpy", "pandas", "pyyaml")


def closure(*names: str) -> frozenset[str]:
    return frozenset(names).union(*(REQUIRES.get(each, set()) for each in names))


def function(
    address: str, *names: str, layers: Iterable[AdvisedLayer | str] = ()
) -> AdvisedFunction:
    """A function with 1,000 bytes of its own code."""
    every = [*layers]
    built = [each for each in every if isinstance(each, AdvisedLayer)]
    own = closure(*names) - frozenset().union(*(each.distributions for each in built))
    size = 1000 + sum(SIZES[each] for each in own)
    return AdvisedFunction(
        address,
        zip_bytes=size,
        own_zip_bytes=1000,
        unzipped_bytes=3 * (size + sum(each.zip_bytes for each in built)),
        distributions=closure(*names),
        layers=tuple(e if isinstance(e, str) else e.address for e in every),
    )


def layer(address: str, *names: str, is_replaceable: bool = True) -> AdvisedLayer:
    contents = closure(*names)
    size = sum(SIZES[each] for each in contents)
    return AdvisedLayer(address, size, contents, is_replaceable=is_replaceable)


def group(
    *functions: AdvisedFunction,
    fields: tuple[tuple[str, str], ...] = FIELDS,
    requirements: Iterable[str] = REQUIREMENTS,
    uncompiled: int = 0,
    together: Iterable[frozenset[str]] = (),
) -> AdviceGroup:
    return AdviceGroup(
        fields,
        tuple(
            SizedDistribution(name, size, uncompiled, uncompiled) for name, size in SIZES.items()
        ),
        {f"3rdparty/python:default#{name}": closure(name) for name in requirements},
        functions,
        tuple(together),
    )


def proposed(advice: LayerAdvice | None) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    assert advice
    return {each.address: (each.distributions, each.functions) for each in advice.layers}


def test_whole_advice() -> None:
    """A function attaches the layers whose distributions it needs, and keeps the layers it has.

    A layer has the fields of its functions, and a name in AWS if one of them is published. A layer
    that contains all other requirements of its functions follows these.
    """
    logs = "arn:aws:lambda:eu-west-1:123456789012:layer:logs:7"
    api = function("src/orders:api", "numpy", "boto3", layers=[logs])
    worker = replace(function("src/orders/worker:fn", "numpy", "attrs"), is_published=True)
    fields = (("resolve", '"science"'), *FIELDS)

    advice = advise_layers([group(api, worker, fields=fields)], [])

    assert advice
    assert advice.document() == {
        "saves_bytes": 320_104_000,
        "before": {"source_edits": 56_102_000, "upgrades": 3 * 36_001_000 + 2 * 20_101_000},
        "after": {"source_edits": 102_000, "upgrades": 20 * MB + 2 * 16 * MB + 101_000},
        "layers": [
            {
                "name": "src/orders:numpy-layer",
                "distributions": ["numpy"],
                "functions": ["src/orders/worker:fn", "src/orders:api"],
                "zip_bytes": 20 * MB,
            },
            {
                "name": "src/orders:boto3-layer",
                "distributions": ["boto3", "botocore"],
                "functions": ["src/orders:api"],
                "zip_bytes": 16 * MB,
            },
        ],
        "build_text": advice.build_text,
    }
    assert advice.build_text == """\
# src/orders/BUILD
lambda_layer(
    name="numpy-layer",
    dependencies=["3rdparty/python:default#numpy"],
    resolve="science",
    runtime="python3.13",
    architecture="x86_64",
    layer_name="numpy-layer",
)

lambda_layer(
    name="boto3-layer",
    dependencies=["3rdparty/python:default#boto3"],
    resolve="science",
    runtime="python3.13",
    architecture="x86_64",
)

# src/orders/worker:fn
layers=["src/orders:numpy-layer"],

# src/orders:api
layers=[
    "arn:aws:lambda:eu-west-1:123456789012:layer:logs:7",
    "src/orders:numpy-layer",
    "src/orders:boto3-layer",
],
"""


def test_layer_on_top_of_another() -> None:
    """If the closures of two layers overlap, one leaves out the contents of the other.

    A layer with all requirements of its functions follows them.
    """
    plain = [function(f"src/plain:{each}", "numpy") for each in "ab"]
    frames = [function(f"src/frames:{each}", "pandas") for each in "ab"]

    advice = advise_layers([group(*plain, *frames)], [])

    assert advice
    assert advice.build_text == """\
# src/BUILD
lambda_layer(
    name="numpy-layer",
    dependencies=["3rdparty/python:default#numpy"],
    runtime="python3.13",
    architecture="x86_64",
)

# src/frames/BUILD
lambda_layer(
    name="pandas-layer",
    requirements_of=["attached"],
    layers=["src:numpy-layer"],
    runtime="python3.13",
    architecture="x86_64",
)

# src/frames:a
# src/frames:b
layers=["src:numpy-layer", "src/frames:pandas-layer"],

# src/plain:a
# src/plain:b
layers=["src:numpy-layer"],
"""


def test_replace_a_layer() -> None:
    """A layer can be replaced by smaller ones. One that is small enough stays."""
    large = layer("src/orders:deps", "numpy", "boto3")
    small = layer("src/orders:yaml", "pyyaml")
    names = ("numpy", "boto3", "pyyaml")
    functions = [function(f"src/orders:{each}", *names, layers=[large, small]) for each in "ab"]
    both = ("src/orders:a", "src/orders:b")

    advice = advise_layers([group(*functions)], [large, small])

    assert proposed(advice) == {
        "src/orders:numpy-layer": (("numpy",), both),
        "src/orders:boto3-layer": (("boto3", "botocore"), both),
    }
    assert advice
    assert advice.build_text.endswith("""
# src/orders:a
# src/orders:b
layers=["src/orders:yaml", "src/orders:numpy-layer", "src/orders:boto3-layer"],

# Delete these layers:
# src/orders:deps
""")


def test_layer_that_cannot_be_replaced() -> None:
    """A layer stays if it has other contents, or if another layer depends on it."""
    deps = layer("src/orders:deps", "numpy", "boto3")
    functions = group(function("src/orders:fn", "numpy", "boto3", layers=[deps]))
    above = replace(layer("src/orders:more", "pyyaml"), layers=(deps.address,))

    assert advise_layers([functions], [deps])
    assert advise_layers([functions], [replace(deps, is_replaceable=False)]) is None
    assert advise_layers([functions], [deps, above]) is None


def test_nothing_to_gain() -> None:
    """There is no advice for functions without distributions, or if a tenth cannot be saved."""
    numpy, boto3 = layer("src:numpy", "numpy"), layer("src:boto3", "boto3")
    split = [
        function("src:api", "numpy", "boto3", layers=[numpy, boto3]),
        function("src:mail", "boto3", "attrs", layers=[boto3]),
    ]

    assert advise_layers([group(*split)], [numpy, boto3]) is None
    assert advise_layers([group(function("src:fn"))], []) is None
    assert advise_layers([], []) is None


def test_other_groups_share_no_layer() -> None:
    """Functions for another architecture get another layer. Without requirements, none."""
    x86 = group(function("src:x86", "numpy"))
    arm = group(function("src:arm", "numpy"), fields=(("architecture", '"arm64"'),))
    fixed = group(function("src:fixed", "numpy"), requirements=[])

    assert proposed(advise_layers([x86, arm, fixed], [])) == {
        "src:numpy-layer": (("numpy",), ("src:x86",)),
        "src:numpy-layer-2": (("numpy",), ("src:arm",)),
    }


def test_bytecode_of_a_layer() -> None:
    """A layer for different functions has bytecode of all modules. The limit includes it."""
    shared = [function("src:a", "numpy", "attrs"), function("src:b", "numpy")]
    large = [replace(each, unzipped_bytes=261 * MB) for each in shared]

    advice = advise_layers([group(*shared, uncompiled=2 * MB)], [])

    assert advice
    assert [each.zip_bytes for each in advice.layers] == [20 * MB + int(1.7 * 2 * MB)]
    assert advise_layers([group(*large, uncompiled=2 * MB)], []) is None
    assert advise_layers([group(*large)], [])


def test_distributions_with_a_common_package() -> None:
    """A layer contains all or none of them, and only functions with equal ones attach it."""
    both = [function(f"src/both:{each}", "numpy", "pyyaml") for each in "ab"]
    one = function("src/one:fn", "numpy")
    together = [frozenset(["numpy", "pyyaml"])]

    apart = proposed(advise_layers([group(*both, one)], []))
    kept = proposed(advise_layers([group(*both, one, together=together)], []))

    assert apart == {
        "src:numpy-layer": (("numpy",), ("src/both:a", "src/both:b", "src/one:fn")),
        "src/both:pyyaml-layer": (("pyyaml",), ("src/both:a", "src/both:b")),
    }
    assert kept == {
        "src/both:numpy-pyyaml-layer": (("numpy", "pyyaml"), ("src/both:a", "src/both:b")),
        "src/one:numpy-layer": (("numpy",), ("src/one:fn",)),
    }


def test_five_layers_of_a_function() -> None:
    """A function with five layers attaches no other."""
    arns = [f"arn:aws:lambda:eu-west-1:123456789012:layer:tool:{each}" for each in range(5)]

    assert advise_layers([group(function("src:fn", "numpy", layers=arns))], []) is None
    assert proposed(advise_layers([group(function("src:fn", "numpy", layers=arns[1:]))], []))


FUNCTIONS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sets(st.sampled_from(REQUIREMENTS))), max_size=8
).map(
    lambda found: [
        function(f"src/{folder}:{index}", *sorted(names))
        for index, (folder, names) in enumerate(found)
    ]
)


PAIRS = st.sets(st.sampled_from([frozenset(e) for e in combinations(sorted(SIZES), 2)]), max_size=3)


@given(FUNCTIONS, PAIRS)
@settings(deadline=None)
def test_figures_are_those_of_the_pasted_layers(
    functions: list[AdvisedFunction], together: set[frozenset[str]]
) -> None:
    """The bytes of both kinds are those of the zips, and do not increase.

    A function needs all distributions of its layers, and has none of them twice. Distributions with
    a common package are in one artifact.
    """
    advice = advise_layers([group(*functions, together=together)], [])
    if advice is None:
        return
    pasted = [_paste(each, advice) for each in functions]

    assert advice.after.source_edits == sum(size for size, _ in pasted)
    assert advice.after.upgrades == sum(size * len(carried) for size, carried in pasted) + sum(
        each.zip_bytes * len(each.distributions) for each in advice.layers
    )
    assert advice.after.source_edits <= advice.before.source_edits
    assert advice.after.upgrades <= advice.before.upgrades
    assert len(advice.layers) <= 5
    for each in functions:
        in_layers = [d for name in _layers_of(each, advice) for d in name.distributions]
        assert len(in_layers) == len(set(in_layers) & each.distributions)
        places = [
            _paste(each, advice)[1],
            *(set(e.distributions) for e in _layers_of(each, advice)),
        ]
        for pair in together:
            assert (
                len([place for place in places if place & pair]) <= 1
                or not pair <= each.distributions
            )


def _layers_of(function: AdvisedFunction, advice: LayerAdvice) -> list[ProposedLayer]:
    return [each for each in advice.layers if function.address in each.functions]


def _paste(function: AdvisedFunction, advice: LayerAdvice) -> tuple[int, frozenset[str]]:
    """The size of a function's zip after the advice, and its distributions."""
    carried = function.distributions.difference(
        *(each.distributions for each in _layers_of(function, advice))
    )
    return function.own_zip_bytes + sum(SIZES[each] for each in carried), carried
