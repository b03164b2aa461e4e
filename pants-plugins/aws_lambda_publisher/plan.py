"""The plan: from AWS's state and the wanted state to ordered steps, and the text of the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from aws_lambda_publisher.layer_choice import AttachedLayer
from aws_lambda_publisher.message_text import columns, count_noun, format_bytes
from aws_lambda_publisher.request import Options, WantedFunction, WantedLayer
from aws_lambda_publisher.state import AliasState, FunctionState, short_layer
from aws_lambda_publisher.update_order import UpdateContents, order_update


@dataclass(frozen=True)
class CreateFunction:
    """Create the function with its code, configuration and layers in one call."""


@dataclass(frozen=True)
class UpdateConfiguration:
    """Set the values that are not null, in one call."""

    handler: str | None = None
    runtime: str | None = None
    layers: tuple[AttachedLayer, ...] | None = None


@dataclass(frozen=True)
class UpdateCode:
    """Upload the zip. `architecture` is null unless it changes."""

    architecture: str | None = None


@dataclass(frozen=True)
class PublishVersion:
    """Publish `$LATEST` as a version."""


@dataclass(frozen=True)
class InvokeVersion:
    """Invoke the published version with the smoke event."""


@dataclass(frozen=True)
class PointAlias:
    """Point the alias to the published version. `create` is whether it does not exist yet."""

    name: str
    create: bool


Step = Union[
    CreateFunction, UpdateConfiguration, UpdateCode, PublishVersion, InvokeVersion, PointAlias
]


@dataclass(frozen=True)
class Change:
    """A line of a plan. `now` is empty for an action."""

    what: str
    now: str
    then: str


@dataclass(frozen=True)
class FunctionPlan:
    """The steps for a function, their lines for the user, and remarks. No steps: up to date."""

    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def updates_code_and_layers(self) -> bool:
        """Whether the order of the calls matters."""
        return any(isinstance(step, UpdateCode) for step in self.steps) and any(
            isinstance(step, UpdateConfiguration) for step in self.steps
        )


@dataclass(frozen=True)
class FunctionFacts:
    """Everything in AWS that determines a plan.

    `function` is null if it does not exist, and `alias` if it does not exist or is not wanted.
    `has_equal_files` is whether the function's zip has the files of the wanted one, although
    another machine may have compressed them.
    `newest_version` is the version with the highest number, if only a version is wanted.
    `contents` are null unless they decide the order of two calls.
    """

    function: FunctionState | None
    has_equal_files: bool = False
    alias: AliasState | None = None
    newest_version: FunctionState | None = None
    contents: UpdateContents | None = None


def plan_function(
    wanted: WantedFunction,
    attached: Sequence[AttachedLayer],
    facts: FunctionFacts,
    options: Options,
) -> FunctionPlan:
    """Plan how a function reaches the wanted state.

    `attached` are the layers that it should attach, with those of others.
    """
    if facts.function is None:
        steps: list[Step] = [CreateFunction()]
        changes = [
            Change(
                "create",
                "",
                f"{format_bytes(wanted.zip_bytes)}, {wanted.runtime}, "
                f"{wanted.architecture or 'x86_64'}, {wanted.handler}",
            ),
            Change("layers", "", _show_layers(attached)),
        ]
        remarks: list[str] = []
    else:
        steps, changes, remarks = _plan_latest(wanted, attached, facts, facts.function, options)
    version_steps, version_changes = _plan_version(facts, options, bool(steps))
    steps += version_steps
    changes += version_changes
    if facts.alias and facts.alias.routes and version_steps:
        remarks.append(
            f"the alias {facts.alias.name} splits its traffic between two versions, and the second "
            "one stays"
        )
    return FunctionPlan(tuple(steps), tuple(changes), tuple(remarks))


def _plan_latest(
    wanted: WantedFunction,
    attached: Sequence[AttachedLayer],
    facts: FunctionFacts,
    now: FunctionState,
    options: Options,
) -> tuple[list[Step], list[Change], list[str]]:
    """The steps that bring `$LATEST` to the wanted state, their lines, and remarks."""
    configuration = UpdateConfiguration(
        handler=wanted.handler if wanted.handler != now.handler else None,
        runtime=wanted.runtime if wanted.runtime not in (None, now.runtime) else None,
        layers=tuple(attached) if [each.arn for each in attached] != [*now.layers] else None,
    )
    architecture = (
        wanted.architecture if wanted.architecture not in (None, *now.architectures) else None
    )
    has_new_code = wanted.code_sha256 != now.code_sha256 and not facts.has_equal_files
    changes = []
    if configuration.layers is not None:
        before = ", ".join(map(short_layer, now.layers)) or "none"
        changes.append(Change("layers", before, _show_layers(attached)))
    if configuration.runtime:
        changes.append(Change("runtime", str(now.runtime), configuration.runtime))
    if configuration.handler:
        changes.append(Change("handler", str(now.handler), configuration.handler))
    if architecture:
        changes.append(Change("architecture", ", ".join(now.architectures), architecture))
    if has_new_code:
        size = format_bytes(wanted.zip_bytes)
        changes.append(Change("code", now.code_sha256[:8], f"{wanted.code_sha256[:8]} ({size})"))
    steps: list[Step] = []
    if configuration != UpdateConfiguration():
        steps.append(configuration)
    if has_new_code or architecture:
        steps.append(UpdateCode(architecture=architecture))
    if len(steps) < 2:
        return steps, changes, []
    order = order_update(facts.contents)
    if order.code_first:
        steps.reverse()
    window = (
        order.window if configuration.layers is not None else _window_without_layers(configuration)
    )
    return (
        steps,
        changes,
        (
            []
            if options.alias
            else [
                f"not in one call: {window}; "
                "with `--aws-lambda-alias NAME`, traffic moves in one call"
            ]
        ),
    )


def _window_without_layers(configuration: UpdateConfiguration) -> str:
    what = "runtime" if configuration.runtime else "handler"
    return f"the old code runs with the new {what} for a moment"


def _plan_version(
    facts: FunctionFacts, options: Options, has_steps: bool
) -> tuple[list[Step], list[Change]]:
    """The steps after `$LATEST` is in the wanted state: version, smoke test, alias."""
    if not options.publish_version:
        return [], []
    published = (
        (facts.alias.target if facts.alias else None) if options.alias else (facts.newest_version)
    )
    is_current = (
        not has_steps
        and published is not None
        and facts.function is not None
        and published.settings == facts.function.settings
    )
    if is_current:
        return [], []
    steps: list[Step] = [PublishVersion()]
    changes = [Change("version", "", "publish a version")]
    if options.alias:
        if options.smoke_event is not None:
            steps.append(InvokeVersion())
            changes.append(Change("smoke test", "", "invoke the version"))
        steps.append(PointAlias(options.alias, create=facts.alias is None))
        before = facts.alias.version if facts.alias else "none"
        changes.append(Change(f"alias {options.alias}", before, "the new version"))
    return steps, changes


def _show_layers(attached: Sequence[AttachedLayer]) -> str:
    return ", ".join(each.shown for each in attached) or "none"


def describe_function_plan(wanted: WantedFunction, plan: FunctionPlan) -> list[str]:
    """The lines of a plan for a function. No lines if it is up to date."""
    if not plan.steps:
        return []
    rows = [
        (each.what, f"{each.now} -> {each.then}" if each.now else each.then)
        for each in plan.changes
    ]
    return [
        f"function {wanted.name} ({wanted.address})",
        *(f"  {line}" for line in columns(rows)),
        *(f"  {line}" for line in plan.remarks),
    ]


def describe_layer_plan(layer: WantedLayer, has_versions: bool) -> list[str]:
    """The lines of a plan for a layer of which a version will be published."""
    facts = ", ".join([format_bytes(layer.zip_bytes), *layer.runtimes, *layer.architectures])
    reason = "no version has this content" if has_versions else "the layer is new"
    return [f"layer {layer.name} ({layer.address})", f"  publish  {facts}; {reason}"]


def summarize(*, layers: int, updates: int, creations: int, unchanged: int, failures: int) -> str:
    """The last line of a plan."""
    parts = [
        f"publish {count_noun(layers, 'layer version')}" if layers else "",
        f"create {count_noun(creations, 'function')}" if creations else "",
        f"update {count_noun(updates, 'function')}" if updates else "",
    ]
    planned = ", ".join(part for part in parts if part) or "nothing to do"
    up_to_date = f"; {unchanged} up to date" if unchanged else ""
    failed = f"; {count_noun(failures, 'error')}" if failures else ""
    return f"Plan: {planned}{up_to_date}{failed}."
