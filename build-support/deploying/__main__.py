"""Checks the examples of tools that deploy, with the tools themselves and without AWS.

    build-support/deploying/run

`./pants package` writes the artifacts of the examples in `examples/deploying`. Then, two at a time:

- AWS SAM: the template passes `sam validate --lint` and cfn-lint, and `sam build` uses the zips. In
  another repository, `lambda-migrate` changes a template, which must pass the same checks.
- CDK: the app is synthesized, and its assets are the zips. Skipped without node.
- Serverless Framework: it validates and packages the service. Skipped without npm.
- Terraform: all arguments are documented. With `terraform` or `tofu` on PATH and the provider on
  this machine, the example is applied to a moto server, and a second plan must be empty.
- CI: the files in `examples/ci` match their JSON schemas.

Exits with 1 if a check fails. It needs the package index and CPython 3.13.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bootstrap.messages import UserError
from deploying.cdk import check_cdk
from deploying.ci_files import check_ci_files
from deploying.migrated_template import check_migrated_template
from deploying.sam import check_sam
from deploying.serverless import check_serverless
from deploying.terraform import check_terraform
from deploying.tools import Artifacts, Tools, report
from environments.environment import ensure_environment
from trial_repository.pants_toml import ROOT

# The benchmarks use AWS SAM as well, and build-support/publishing moto. They share installations.
_REQUIREMENTS = {
    "peers": ROOT / "benchmarks/requirements/peers.txt",
    "moto": ROOT / "build-support/publishing/requirements.txt",
    "deploying": Path(__file__).with_name("requirements.txt"),
}
_PYTHON_OF_TOOLS = "3.13"
_FUNCTIONS = {
    "add": "src.functions.add/fn.zip",
    "thumbnails": "src.thumbnails/fn@architecture=arm64.zip",
}
_TARGETS = (
    "src/functions/add:fn",
    "src/functions:deps",
    "src/shared:layer",
    "src/thumbnails:fn@architecture=arm64",
    "src/thumbnails:deps@architecture=arm64",
)


def main() -> int:
    sam, moto, tools = (
        ensure_environment(name, requirements, _PYTHON_OF_TOOLS).parent
        for name, requirements in _REQUIREMENTS.items()
    )
    if not Tools(ROOT).run("./pants", "package", *_TARGETS):
        return 1
    artifacts = Artifacts((ROOT / "dist").resolve(), _FUNCTIONS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        shutil.copytree(ROOT / "examples/deploying", folder / "examples/deploying")
        (folder / "dist").symlink_to(artifacts.dist)
        examples = folder / "examples/deploying"
        checks = {
            "lambda-migrate": check_migrated_template(Tools(folder / "migrated", (sam,))),
            "Terraform": check_terraform(Tools(examples / "terraform", (tools, moto)), artifacts),
            "CDK": check_cdk(Tools(examples / "cdk", (tools,)), artifacts),
            "Serverless Framework": check_serverless(Tools(examples / "serverless"), artifacts),
            "AWS SAM": check_sam(Tools(examples / "sam", (sam,)), artifacts),
            "CI": check_ci_files(Tools(ROOT / "examples/ci", (tools,))),
        }
        with ThreadPoolExecutor(2) as pool:
            return int(not all([*pool.map(report, checks.keys(), checks.values())]))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
