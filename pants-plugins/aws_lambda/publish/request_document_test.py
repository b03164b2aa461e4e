"""Names in AWS, requests for the publisher, and its environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aws_lambda.artifact.errors import LambdaError
from aws_lambda.publish.publisher import select_variables
from aws_lambda.publish.request_document import (
    InvalidNameTemplate,
    NotAZip,
    UnnamedTarget,
    as_request,
    describe_artifact,
    fill_template,
    is_named_by,
)

_ARN = "arn:{partition}:lambda:{region}:123456789012:layer:traces:3"
_LAYER = {"address": "src:deps", "layer_name": "deps", "path": "src/deps.zip"}
_FUNCTION = {
    "kind": "function",
    "address": "src:api",
    "code_sha256": "x",
    "layers": [_LAYER, {"arn": _ARN}],
}


@pytest.mark.parametrize(
    ("template", "name"),
    [("{name}", "api"), ("{name}-{env.STAGE}", "api-prod"), ("{env.STAGE}-{name}", "prod-api")],
)
def test_name_template(template: str, name: str) -> None:
    """A template contains the name of the target and environment variables."""
    assert fill_template(template, "function", "api", {"STAGE": "prod"}) == name


@pytest.mark.parametrize("template", ["{stage}-{name}", "prod", "{name}-{env.STAGE}"])
def test_unusable_name_template(template: str) -> None:
    """An unknown placeholder, no `{name}`, or a variable that is not set is an error."""
    with pytest.raises(InvalidNameTemplate):
        fill_template(template, "function", "api", {})


@pytest.mark.parametrize(
    ("kind", "stage", "is_valid"),
    [
        ("function", "x" * 60, True),
        ("function", "x" * 61, False),
        ("layer", "x" * 136, True),
        ("layer", "x" * 137, False),
        ("function", "feature/x", False),
    ],
)
def test_length_and_characters_of_names(kind: str, stage: str, is_valid: bool) -> None:
    """A name from a template has the length and the characters that AWS accepts."""
    try:
        name = fill_template("{name}-{env.STAGE}", kind, "api", {"STAGE": stage})
    except InvalidNameTemplate:
        assert not is_valid
    else:
        assert is_valid
        assert name == f"api-{stage}"


def test_message_about_an_invalid_name() -> None:
    """The message shows how the name came about."""
    with pytest.raises(InvalidNameTemplate) as failed:
        fill_template("{name}-{env.STAGE}", "function", "api", {"STAGE": "feature/x"})

    assert str(failed.value) == (
        "The option `[aws-lambda].name_template` makes a function name that AWS does not accept.\n"
        "\n"
        "  function_name  api\n"
        "  name_template  {name}-{env.STAGE}\n"
        "  name in AWS    api-feature/x (13 characters)\n"
        "\n"
        "A name has 1 to 64 letters, digits, hyphens and underscores.\n"
        "\n"
        "To fix, change `function_name`, `name_template`, or the variables in the template."
    )


@pytest.mark.parametrize(
    ("spec", "is_named"),
    [
        ("src/orders:api", True),
        ("./src/orders:api", True),
        ("//src/orders:api", True),
        ("src/orders:api@runtime=python3.13", True),
        ("src/orders:other", False),
        ("src/orders:", False),
        ("src/orders", False),
        ("src/orders::", False),
        ("::", False),
        ("-src/orders:api", False),
    ],
)
def test_arguments_that_name_a_target(spec: str, is_named: bool) -> None:
    """An address names its target. Arguments for several targets name none."""
    assert is_named_by(spec, "src/orders", "api") == is_named


def test_request_lists_a_shared_layer_once() -> None:
    """Layers keep AWS's order, and ARNs stay as they are."""
    other = {**_FUNCTION, "address": "src:other"}
    names = {"deps": "deps-prod"}
    parts = [
        describe_artifact("src/other.zip", other, "other-prod", names),
        describe_artifact("src/api.zip", _FUNCTION, "api-prod", names),
    ]

    request = json.loads(as_request(parts, {"alias": "live"}))

    assert request == {
        "schema_version": 1,
        "functions": [
            {
                "address": f"src:{name}",
                "function_name": f"{name}-prod",
                "zip": f"src/{name}.zip",
                "layers": ["src/deps.zip", _ARN],
            }
            for name in ("api", "other")
        ],
        "layers": [{"address": "src:deps", "layer_name": "deps-prod", "zip": "src/deps.zip"}],
        "options": {"alias": "live"},
    }


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_sha256": None}, NotAZip),
        ({"layers": [{**_LAYER, "layer_name": None}]}, UnnamedTarget),
    ],
)
def test_targets_that_cannot_be_published(change: dict[str, Any], error: type[LambdaError]) -> None:
    """A folder has no zip, and each layer of a published function needs a name."""
    with pytest.raises(error):
        describe_artifact("src/api.zip", {**_FUNCTION, **change}, "api", {"deps": "deps"})


def test_environment_of_the_publisher() -> None:
    """It contains AWS's settings, paths are absolute, and no log shows a value."""
    secret = "wJalrXUtnFEMI"
    found = select_variables(
        {"AWS_SECRET_ACCESS_KEY": secret, "AWS_CONFIG_FILE": "aws/config", "EDITOR": "vi"}, "/repo"
    )

    assert dict(found) == {
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_CONFIG_FILE": "/repo/aws/config",
    }
    assert secret not in repr(found)
