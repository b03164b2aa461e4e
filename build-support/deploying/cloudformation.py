"""CloudFormation templates that a tool wrote for the functions of an example."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploying.tools import Artifacts, Result

# The properties of a resource.
Properties = dict[str, Any]


def read_resources(template: Path, kind: str) -> dict[str, Properties]:
    """The properties of the resources of a kind, by logical ID."""
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == kind}


def compare_functions(template: Path, artifacts: Artifacts) -> Result:
    """Compare the properties of all functions with the metadata."""
    layers = read_resources(template, "AWS::Lambda::LayerVersion")
    found = {
        each["FunctionName"]: {
            "architectures": each["Architectures"],
            "handler": each["Handler"],
            "layers": [reference["Ref"] in layers for reference in each["Layers"]],
            "runtime": each["Runtime"],
        }
        for each in read_resources(template, "AWS::Lambda::Function").values()
    }
    expected = {}
    for name in artifacts.functions:
        metadata = artifacts.of(name)
        expected[name] = {
            "architectures": [metadata["architecture"]],
            "handler": metadata["handler"],
            "layers": [True for _ in metadata["layers"]],
            "runtime": metadata["runtime"],
        }
    return "the template has the values of the metadata", found == expected
