"""The example of Terraform: its arguments are compared with the documentation, and it is applied.

The example is applied to a moto server if `terraform` or `tofu` is on PATH, and the provider is in
a folder of this machine: `init` must not download it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploying.moto_server import create_role, send_to_moto, start_moto
from deploying.terraform_arguments import ARGUMENTS, META_ARGUMENTS
from deploying.tools import Artifacts, MissingTool, Result, Tools

# The folders in which Terraform and OpenTofu search for providers, and those of images for CI.
_PROVIDERS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/*",
)
_ROLE = "arn:aws:iam::123456789012:role/functions"


def check_terraform(tools: Tools, artifacts: Artifacts) -> Iterator[Result]:
    unknown = _undocumented_arguments(tools)
    for each in unknown:
        print(f"  {each}")
    yield "all arguments are documented", not unknown
    program = shutil.which("terraform") or shutil.which("tofu")
    if program is None:
        raise MissingTool("neither terraform nor tofu is on PATH")
    formatted = tools.run(program, "fmt", "-check", "-diff")
    yield "terraform fmt", formatted
    mirror = _provider_mirror()
    if mirror is None:
        raise MissingTool("no folder of this machine contains the provider hashicorp/aws")
    with start_moto(tools) as endpoint:
        create_role(endpoint, _ROLE.rpartition("/")[2])
        yield from _apply(_with_provider(tools, mirror, endpoint), program, artifacts, endpoint)


def _apply(tools: Tools, program: str, artifacts: Artifacts, endpoint: str) -> Iterator[Result]:
    initialized = tools.run(program, "init", "-input=false")
    yield "terraform init", initialized
    applied = initialized and tools.run(program, "apply", "-auto-approve", "-input=false")
    yield "terraform apply", applied
    if not applied:
        return
    for name in artifacts.functions:
        path = f"/2015-03-31/functions/{name}"
        alias = json.loads(send_to_moto(endpoint, "lambda", f"{path}/aliases/live"))
        query = f"Qualifier={alias['FunctionVersion']}"
        found = json.loads(send_to_moto(endpoint, "lambda", f"{path}?{query}"))["Configuration"]
        yield f"the alias of {name} has the artifact", _has_artifact(found, artifacts.of(name))
    # The exit code of a plan with changes is 2.
    unchanged = tools.run(program, "plan", "-detailed-exitcode", "-input=false")
    yield "a second plan is empty", unchanged


def _has_artifact(configuration: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """Compare a function in AWS with the metadata of its artifact."""
    return (
        configuration["CodeSha256"] == metadata["code_sha256"]
        and configuration["Handler"] == metadata["handler"]
        and configuration["Runtime"] == metadata["runtime"]
        and configuration["Architectures"] == [metadata["architecture"]]
        and len(configuration["Layers"]) == len(metadata["layers"])
    )


def _undocumented_arguments(tools: Tools) -> list[str]:
    """The arguments of resources that are not in the documentation of the provider."""
    unknown = []
    for file in sorted(tools.folder.glob("*.tf")):
        text = tools.output("hcl2tojson", file.name)
        if text is None:
            return [f"{file.name} is not valid HCL"]
        for block in json.loads(text).get("resource", []):
            for quoted, instances in block.items():
                kind = quoted.strip('"')
                documented = ARGUMENTS.get(kind, frozenset()) | META_ARGUMENTS
                used = {name for arguments in instances.values() for name in arguments}
                unknown += [
                    f"{file.name}: {kind}.{name}"
                    for name in sorted(used - documented)
                    if not re.fullmatch(r"__\w+__", name)
                ]
    return unknown


def _provider_mirror() -> Path | None:
    """A folder with the provider, in the layout of a filesystem mirror."""
    for pattern in _PROVIDERS:
        expanded = str(Path(pattern).expanduser())
        for mirror in sorted(Path("/").glob(expanded.lstrip("/"))):
            if any(mirror.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")):
                return mirror
    return None


def _with_provider(tools: Tools, mirror: Path, endpoint: str) -> Tools:
    configuration = tools.folder / "terraform.rc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    return replace(
        tools,
        variables={
            "AWS_ENDPOINT_URL": endpoint,
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "1",
            "TF_VAR_role": _ROLE,
        },
    )
