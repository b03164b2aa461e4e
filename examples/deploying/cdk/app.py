"""A CDK app that deploys packaged functions and their layers.

Run `./pants package ::` before `cdk deploy`.
"""

import json
import re
from pathlib import Path
from typing import Any

from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_

DIST = Path(__file__).resolve().parents[3] / "dist"
# The functions, by their names in AWS. All other values are in the metadata.
ZIPS = {
    "add": "src.functions.add/fn.zip",
    "thumbnails": "src.thumbnails/fn@architecture=arm64.zip",
}


class PackagedFunctions(Stack):
    """Functions, the layers that they attach, and an alias of each function."""

    def __init__(self, app: App, name: str) -> None:
        super().__init__(app, name)
        # By path. Functions can share a layer.
        self.layers: dict[str, lambda_.LayerVersion] = {}
        for function_name, path in ZIPS.items():
            self.add_function(function_name, path)

    def add_function(self, name: str, path: str) -> None:
        metadata = read_metadata(path)
        function = lambda_.Function(
            self,
            name,
            function_name=name,
            code=lambda_.Code.from_asset(str(DIST / path)),
            handler=metadata["handler"],
            runtime=runtime_of(metadata),
            architecture=lambda_.Architecture.custom(metadata["architecture"]),
            layers=[self.layer(each) for each in metadata["layers"]],
            # Earlier versions stay, for a rollback.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        # Callers invoke the alias, which moves to a version that has its code and its layers.
        function.add_alias("live")

    def layer(self, layer: dict[str, Any]) -> lambda_.LayerVersion:
        path = layer["path"]
        if path not in self.layers:
            metadata = read_metadata(path)
            name = layer["layer_name"] or re.sub(r"[^\w-]+", "-", path.removesuffix(".zip"))
            self.layers[path] = lambda_.LayerVersion(
                self,
                name,
                layer_version_name=name,
                code=lambda_.Code.from_asset(str(DIST / path)),
                compatible_runtimes=[runtime_of(metadata)],
                compatible_architectures=[lambda_.Architecture.custom(metadata["architecture"])],
                removal_policy=RemovalPolicy.RETAIN,
            )
        return self.layers[path]


def read_metadata(path: str) -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads((DIST / f"{path}.metadata.json").read_text())
    return metadata


def runtime_of(metadata: dict[str, Any]) -> lambda_.Runtime:
    return lambda_.Runtime(metadata["runtime"], lambda_.RuntimeFamily.PYTHON)


app = App()
PackagedFunctions(app, "packaged-functions")
app.synth()
