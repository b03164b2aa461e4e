"""Pure tests of plans: which steps follow from two states, and how the plan reads."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from aws_lambda_publisher.layer_choice import AttachedLayer
from aws_lambda_publisher.plan import (
    CreateFunction,
    FunctionFacts,
    InvokeVersion,
    PointAlias,
    PublishVersion,
    UpdateCode,
    UpdateConfiguration,
    describe_function_plan,
    plan_function,
)
from aws_lambda_publisher.request import Options, WantedFunction
from aws_lambda_publisher.state import AliasState, FunctionState

ARN = "arn:aws:lambda:eu-west-1:1:layer:deps:1"
DEPS = AttachedLayer("deps", ARN)
WANTED = WantedFunction(
    address="src:orders",
    name="orders",
    zip="orders.zip",
    shown_zip="dist/orders.zip",
    code_sha256="newcode1",
    zip_bytes=2_000_000,
    unzipped_bytes=5_000_000,
    total_unzipped_bytes=5_000_000,
    handler="lambda_function.handler",
    runtime="python3.13",
    architecture="x86_64",
    layers=(),
)
CURRENT = FunctionState(
    name="orders",
    arn="arn:aws:lambda:eu-west-1:1:function:orders",
    version="$LATEST",
    revision="r",
    code_sha256="newcode1",
    handler="lambda_function.handler",
    runtime="python3.13",
    architectures=("x86_64",),
    layers=(ARN,),
    settings="s",
)
# Values of each part in AWS that differ from the wanted ones.
DIFFERENCES: dict[str, Any] = {
    "code_sha256": "oldcode1",
    "handler": "app.run",
    "runtime": "python3.12",
    "architectures": ("arm64",),
    "layers": (),
}


def apply_steps(state: FunctionState, steps: tuple[object, ...]) -> FunctionState:
    """The state after AWS has carried out the steps."""
    for step in steps:
        if isinstance(step, UpdateConfiguration):
            state = replace(
                state,
                handler=step.handler or state.handler,
                runtime=step.runtime or state.runtime,
                layers=(
                    state.layers
                    if step.layers is None
                    else tuple(each.arn or "" for each in step.layers)
                ),
            )
        elif isinstance(step, UpdateCode):
            state = replace(
                state,
                code_sha256=WANTED.code_sha256,
                architectures=(step.architecture,) if step.architecture else state.architectures,
            )
    return state


@pytest.mark.parametrize(
    "different",
    [
        names
        for size in range(len(DIFFERENCES) + 1)
        for names in itertools.combinations(DIFFERENCES, size)
    ],
    ids=lambda names: " ".join(names) or "none",
)
def test_steps_lead_to_the_wanted_state(different: tuple[str, ...]) -> None:
    """For every set of differences, the steps remove exactly those, in at most two calls."""
    now = replace(CURRENT, **{name: DIFFERENCES[name] for name in different})

    plan = plan_function(WANTED, [DEPS], FunctionFacts(now), Options())

    assert apply_steps(now, plan.steps) == CURRENT
    assert len(plan.changes) == len(different)
    assert len(plan.steps) == len({_call_of(name) for name in different})
    assert bool(plan.remarks) == (len(plan.steps) == 2)


def _call_of(name: str) -> str:
    return "code" if name in ("code_sha256", "architectures") else "configuration"


def test_new_function_is_created_in_one_call() -> None:
    """A function that does not exist has no other state before."""
    plan = plan_function(WANTED, [DEPS], FunctionFacts(None), Options(role="r"))

    assert plan.steps == (CreateFunction(),)


def test_unknown_runtime_and_architecture_stay() -> None:
    """A build for several platforms does not change those in AWS."""
    wanted = replace(WANTED, runtime=None, architecture=None)
    now = replace(CURRENT, runtime="python3.12", architectures=("arm64",))

    assert plan_function(wanted, [DEPS], FunctionFacts(now), Options()).steps == ()


ALIAS = Options(alias="live", publish_version=True)
LIVE = AliasState(name="live", version="4", revision="r", routes=False, target=CURRENT)


@pytest.mark.parametrize(
    ("facts", "options", "steps"),
    [
        (FunctionFacts(CURRENT, alias=LIVE), ALIAS, ()),
        (
            FunctionFacts(CURRENT, alias=replace(LIVE, target=replace(CURRENT, settings="old"))),
            ALIAS,
            (PublishVersion(), PointAlias("live", create=False)),
        ),
        (FunctionFacts(CURRENT), ALIAS, (PublishVersion(), PointAlias("live", create=True))),
        (
            FunctionFacts(CURRENT),
            replace(ALIAS, smoke_event=b"{}"),
            (PublishVersion(), InvokeVersion(), PointAlias("live", create=True)),
        ),
        (
            FunctionFacts(replace(CURRENT, code_sha256="oldcode1"), alias=LIVE),
            ALIAS,
            (UpdateCode(), PublishVersion(), PointAlias("live", create=False)),
        ),
        (FunctionFacts(CURRENT), Options(publish_version=True), (PublishVersion(),)),
        (
            FunctionFacts(CURRENT, newest_version=CURRENT),
            Options(publish_version=True),
            (),
        ),
    ],
    ids=[
        "alias is current",
        "alias is behind",
        "alias is missing",
        "smoke test",
        "new code",
        "version is missing",
        "version is current",
    ],
)
def test_versions_and_aliases(
    facts: FunctionFacts, options: Options, steps: tuple[object, ...]
) -> None:
    """A version is published only if none has this state, and the alias moves last."""
    assert plan_function(WANTED, [DEPS], facts, options).steps == steps


def test_alias_has_no_window() -> None:
    """Traffic of an alias never reaches `$LATEST`, so the plan has no remark about it."""
    now = replace(CURRENT, code_sha256="oldcode1", layers=())

    assert plan_function(WANTED, [DEPS], FunctionFacts(now, alias=LIVE), ALIAS).remarks == ()


def test_weights_of_an_alias_are_mentioned() -> None:
    """Another program shifts traffic step by step, which a move of the alias does not end."""
    now = replace(CURRENT, code_sha256="oldcode1")
    facts = FunctionFacts(now, alias=replace(LIVE, routes=True))

    assert plan_function(WANTED, [DEPS], facts, ALIAS).remarks == (
        "the alias live splits its traffic between two versions, and the second one stays",
    )


def test_text_of_a_plan() -> None:
    """Each difference is a line with both values."""
    now = replace(CURRENT, **DIFFERENCES)
    plan = plan_function(WANTED, [AttachedLayer("deps", None)], FunctionFacts(now), Options())

    assert describe_function_plan(WANTED, plan) == [
        "function orders (src:orders)",
        "  layers        none -> deps:new",
        "  runtime       python3.12 -> python3.13",
        "  handler       app.run -> lambda_function.handler",
        "  architecture  arm64 -> x86_64",
        "  code          oldcode1 -> newcode1 (1.9 MB)",
        "  not in one call: the old code runs with the new layers for a moment; with "
        "`--aws-lambda-alias NAME`, traffic moves in one call",
    ]
