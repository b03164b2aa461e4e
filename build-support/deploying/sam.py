"""The example of AWS SAM: `sam validate --lint`, cfn-lint and `sam build`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deploying.tools import Artifacts, Result, Tools

# The resources of the template, with the key of their code.
_RESOURCES = {
    "Add": "CodeUri",
    "Thumbnails": "CodeUri",
    "FunctionsDeps": "ContentUri",
    "Shared": "ContentUri",
    "ThumbnailsDeps": "ContentUri",
}


def check_sam(tools: Tools, artifacts: Artifacts) -> Iterator[Result]:
    yield "sam validate --lint", tools.run("sam", "validate", "--lint")
    yield "cfn-lint", tools.run("cfn-lint", "template.yaml")
    built = tools.run("sam", "build")
    yield "sam build", built
    if built:
        found = [built_path(tools.folder, name, key) for name, key in _RESOURCES.items()]
        expected = [artifacts.dist / path for path in artifacts.zips]
        yield "sam build uses the zips as they are", found == expected


def built_path(project: Path, resource: str, key: str) -> Path:
    """The path of the code of a resource in the template that `sam build` writes."""
    folder = project / ".aws-sam/build"
    text = (folder / "template.yaml").read_text().partition(f"\n  {resource}:\n")[2]
    return (folder / text.partition(f"{key}: ")[2].partition("\n")[0].strip()).resolve()
