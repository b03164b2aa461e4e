"""Which version of a layer has the wanted content, and which layers a function should attach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from aws_lambda_publisher.errors import TooManyLayers
from aws_lambda_publisher.message_text import columns, describe
from aws_lambda_publisher.request import WantedFunction, WantedLayer
from aws_lambda_publisher.state import LayerVersion, short_layer, split_layer_arn

# AWS's quota of layers per function (quota page of Lambda, read in 2026).
MAX_LAYERS = 5


@dataclass(frozen=True)
class AttachedLayer:
    """A layer that a function should attach. `arn` is null until its version is published."""

    name: str
    arn: str | None

    @property
    def shown(self) -> str:
        """The layer in a plan: `deps:3`, or `deps:new` for a version that is not published yet."""
        return short_layer(self.arn) if self.arn else f"{self.name}:new"


def matching_versions(
    layer: WantedLayer, versions: Iterable[LayerVersion]
) -> tuple[LayerVersion, ...]:
    """The versions with the layer's content, runtimes and architectures.

    The content is the hash in the description, which anyone can type. Versions with equal bytes
    come first, then newer ones.
    """
    found = [
        each
        for each in versions
        if each.content_sha256 == layer.content_sha256
        and set(each.runtimes) == set(layer.runtimes)
        and set(each.architectures) == set(layer.architectures)
    ]
    return tuple(
        sorted(
            found,
            key=lambda each: (each.code_sha256 == layer.code_sha256, each.version),
            reverse=True,
        )
    )


def choose_arn(versions: Sequence[LayerVersion], attached: Collection[str]) -> str | None:
    """The ARN of the version to attach: one that is attached already, or the first.

    Two publishes at the same time may publish one content twice. Functions then keep their version.
    """
    arns = [each.arn for each in versions]
    return next((arn for arn in arns if arn in attached), arns[0] if arns else None)


def attach_layers(
    wanted: Sequence[AttachedLayer],
    current: Sequence[str],
    *,
    own: Collection[str],
    replace: bool,
) -> tuple[AttachedLayer, ...]:
    """The layers that a function should attach, in AWS's order.

    `current` are the ARNs that it attaches now, and `own` those among them that the publisher
    published earlier. Other layers keep their place unless `replace` is set: a layer of the same
    name is replaced by the wanted one, and a layer of our own that is not wanted is removed.
    Without a layer of our own, the wanted layers come first, since wrappers such as Datadog's
    overwrite files of earlier layers.
    """
    if replace:
        return tuple(wanted)
    names = {each.name for each in wanted}
    left = list(wanted)
    result: list[AttachedLayer] = []
    end = 0
    for arn in current:
        _, name = split_layer_arn(arn)
        if name not in names and arn not in own:
            result.append(AttachedLayer(name, arn))
        elif left:
            result.append(left.pop(0))
            end = len(result)
    return (*result[:end], *left, *result[end:])


def foreign_layers(
    wanted: Sequence[AttachedLayer], attached: Sequence[AttachedLayer]
) -> tuple[str, ...]:
    """The ARNs of layers that others attached and that stay."""
    return tuple(each.arn for each in attached if each.arn and each not in wanted)


def check_layer_count(
    function: WantedFunction, attached: Sequence[AttachedLayer], foreign: Collection[str]
) -> None:
    """Raise `TooManyLayers` if AWS would refuse the layers."""
    if len(attached) <= MAX_LAYERS:
        return
    rows = [
        (each.shown, "attached by others" if each.arn in foreign else "from this build")
        for each in attached
    ]
    raise TooManyLayers(
        describe(
            f"The function {function.name} ({function.address}) would have {len(attached)} layers.",
            facts=columns(rows),
            why=f"AWS allows {MAX_LAYERS} layers per function.",
            fix="merge layers of this build, or remove the others with "
            "`--aws-lambda-replace-layers`.",
        )
    )


def wanted_layers(
    layers: Iterable[WantedLayer | str], arns: dict[str, str | None]
) -> tuple[AttachedLayer, ...]:
    """The layers of this build. `arns` are their ARNs by layer name, null if not yet published."""
    return tuple(
        (
            AttachedLayer(split_layer_arn(each)[1], each)
            if isinstance(each, str)
            else AttachedLayer(each.name, arns.get(each.name))
        )
        for each in layers
    )
