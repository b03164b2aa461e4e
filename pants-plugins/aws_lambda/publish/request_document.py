"""The request for the publisher, from the metadata of packaged targets. Pure.

`aws_lambda_publisher/README.md` describes the format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_lambda_publisher.protocol import SCHEMA_VERSION

from aws_lambda.artifact.aws_names import invalid_name_reason
from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, columns, describe

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_VARIABLE = "env."


class InvalidNameTemplate(ConfigurationError):
    """The option `name_template` cannot make a name that AWS accepts.

    A placeholder is unknown, `{name}` is missing, the environment does not contain a variable, or
    the name is too long or has other characters.

    To fix, use the placeholders `{name}` and `{env.VARIABLE}`, and set the variables. The name of a
    function has 1 to 64 letters, digits, hyphens and underscores, and the name of a layer 1 to 140.
    """


class UnnamedTarget(ConfigurationError):
    """`publish` has no name in AWS for a target.

    The command line names a target without `function_name` or `layer_name`, or a published function
    attaches a layer without `layer_name`.

    To fix, set the field on the target.
    """


class NotAZip(ConfigurationError):
    """`publish` uploads zips, and the target has `layout="flat"`, which writes a folder.

    To fix, remove `layout` from the target, or use the folder in a container image.
    """


def variables_in(template: str) -> tuple[str, ...]:
    """The environment variables that a name template reads."""
    return tuple(
        each[len(_VARIABLE) :]
        for each in _PLACEHOLDER.findall(template)
        if each.startswith(_VARIABLE)
    )


def fill_template(template: str, kind: str, name: str, variables: Mapping[str, str]) -> str:
    """Return the name in AWS of a target with this `function_name` or `layer_name`.

    `kind` is "function" or "layer", and `variables` are environment variables. Raises
    `InvalidNameTemplate`.
    """
    placeholders = _PLACEHOLDER.findall(template)
    unknown = [each for each in placeholders if each != "name" and not each.startswith(_VARIABLE)]
    if unknown or "name" not in placeholders:
        raise InvalidNameTemplate(
            describe(
                "The option `[aws-lambda].name_template` cannot make names.",
                facts=columns(
                    [
                        ("name_template", template),
                        *(("unknown", f"{{{each}}}") for each in unknown),
                        *(() if "name" in placeholders else [("missing", "{name}")]),
                    ]
                ),
                fix="use the placeholders `{name}` and `{env.VARIABLE}`, such as "
                '`name_template = "{name}-{env.STAGE}"`.',
            )
        )
    missing = [each for each in variables_in(template) if not variables.get(each)]
    if missing:
        raise InvalidNameTemplate(
            describe(
                "The environment does not contain a variable that `[aws-lambda].name_template` "
                "uses.",
                facts=columns([("name_template", template), ("not set", ", ".join(missing))]),
                fix=f"set it, such as `{missing[0]}=prod {pants_command('publish ::')}`.",
            )
        )
    filled = _PLACEHOLDER.sub(
        lambda found: (name if found[1] == "name" else variables[found[1][len(_VARIABLE) :]]),
        template,
    )
    reason = invalid_name_reason(kind, filled)
    if reason:
        raise InvalidNameTemplate(
            describe(
                f"The option `[aws-lambda].name_template` makes a {kind} name that AWS does not "
                "accept.",
                facts=columns(
                    [
                        (f"{kind}_name", name),
                        ("name_template", template),
                        ("name in AWS", f"{filled} ({len(filled)} characters)"),
                    ]
                ),
                why=reason,
                fix=f"change `{kind}_name`, `name_template`, or the variables in the template.",
            )
        )
    return filled


def is_named_by(spec: str, folder: str, name: str) -> bool:
    """Whether an argument of the command line is the address of the target `name` in `folder`.

    An argument that means several targets, such as `::` or a folder, names none of them.
    """
    path, _, target = spec.partition("@")[0].removeprefix("//").partition(":")
    return (path.removeprefix("./"), target) == (folder, name)


def describe_artifact(
    output: str, metadata: Mapping[str, Any], name: str | None, rename: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the `functions` and `layers` of a request for one target.

    `output` is the path of the artifact below `dist/`. `name` is the name of the target in AWS.
    `rename` maps each `layer_name` in the metadata to the name in AWS. Raises `NotAZip` and
    `UnnamedTarget`.
    """
    address = metadata["address"]
    if metadata["code_sha256"] is None:
        raise NotAZip(_not_a_zip(address))
    if metadata["kind"] == "layer":
        return {
            "functions": [],
            "layers": [{"address": address, "layer_name": name, "zip": output}],
        }
    own = [each for each in metadata["layers"] if "arn" not in each]
    unnamed = [each["address"] for each in own if not each["layer_name"]]
    if unnamed:
        raise UnnamedTarget(_unnamed_layers(address, unnamed))
    function = {
        "address": address,
        "function_name": name,
        "zip": output,
        "layers": [each["arn"] if "arn" in each else each["path"] for each in metadata["layers"]],
    }
    layers = [
        {
            "address": each["address"],
            "layer_name": rename[each["layer_name"]],
            "zip": each["path"],
        }
        for each in own
    ]
    return {"functions": [function], "layers": layers}


def as_request(
    parts: Iterable[Mapping[str, Iterable[Mapping[str, Any]]]], options: Mapping[str, Any]
) -> bytes:
    """Return a request for the targets that `describe_artifact` described, each layer once."""
    functions: dict[str, Any] = {}
    layers: dict[str, Any] = {}
    for part in parts:
        functions.update({each["address"]: each for each in part["functions"]})
        layers.update({each["address"]: each for each in part["layers"]})
    document = {
        "schema_version": SCHEMA_VERSION,
        "functions": [functions[address] for address in sorted(functions)],
        "layers": [layers[address] for address in sorted(layers)],
        "options": dict(options),
    }
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def _not_a_zip(address: str) -> str:
    return describe(
        f"The target {address} cannot be published, because it is not a zip.",
        facts=columns([("layout", "flat")]),
        fix='remove `layout="flat"` from the target, or use the folder in a container image.',
    )


def _unnamed_layers(address: str, unnamed: Iterable[str]) -> str:
    return describe(
        f"Layers of the function {address} have no name in AWS.",
        facts=list(unnamed),
        fix='set `layer_name` on each, such as `layer_name="orders-deps"`.',
    )


def describe_unnamed(targets: Sequence[tuple[str, str]]) -> str:
    """The message about targets that the command line names and that have no name in AWS.

    `targets` are pairs of an address and the field that is missing.
    """
    return describe(
        "Targets on the command line have no name in AWS.",
        facts=columns(targets),
        fix=f'set the field on each, such as `{targets[0][1]}="orders"`.',
    )
