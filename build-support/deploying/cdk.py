"""The example of CDK: the app is synthesized, and its assets are compared with the artifacts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace

from deploying.cloudformation import compare_functions
from deploying.tools import Artifacts, MissingTool, Result, Tools

_STACK = "packaged-functions"


def check_cdk(tools: Tools, artifacts: Artifacts) -> Iterator[Result]:
    """Run the app as `cdk synth` does, but without the CDK CLI, which the app does not need."""
    if shutil.which("node") is None:
        raise MissingTool("node is not on PATH")
    output = tools.folder / "cdk.out"
    synthesized = replace(tools, variables={"CDK_OUTDIR": str(output)}).run("python", "app.py")
    yield "the app is synthesized", synthesized
    if not synthesized:
        return
    files = json.loads((output / f"{_STACK}.assets.json").read_text())["files"]
    sources = [output / each["source"]["path"] for each in files.values()]
    assets = {path.read_bytes() for path in sources if path.suffix == ".zip"}
    yield (
        "the assets are the zips, byte for byte",
        assets == {(artifacts.dist / path).read_bytes() for path in artifacts.zips},
    )
    yield compare_functions(output / f"{_STACK}.template.json", artifacts)
