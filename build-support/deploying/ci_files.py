"""The examples for GitHub Actions and AWS CodeBuild, which this repository does not run.

check-jsonschema contains the schema of workflows. No package contains one of CodeBuild, so the
schema next to this module lists the documented keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deploying.tools import Result, Tools

_BUILDSPEC = Path(__file__).with_name("buildspec.schema.json")


def check_ci_files(tools: Tools) -> Iterator[Result]:
    builtin = ["--builtin-schema", "vendor.github-workflows"]
    workflow = tools.run("check-jsonschema", *builtin, "github-actions.yaml")
    yield "the workflow of GitHub Actions is valid", workflow
    own = ["--schemafile", str(_BUILDSPEC)]
    yield "the buildspec is valid", tools.run("check-jsonschema", *own, "buildspec.yml")
