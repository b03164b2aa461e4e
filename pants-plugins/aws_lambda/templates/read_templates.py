"""Reads deployment templates of the repository with `sandbox/read_template.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import CreateDigest, Digest, PathGlobs
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.artifact.output.assembly_plan import REPOSITORY, repository_path
from aws_lambda.pants_api import (
    collect_rules,
    create_digest,
    entries_at,
    implicitly,
    rule,
    run_to_success,
)
from aws_lambda.processes.tool_program import ToolRun, prepare_tool
from aws_lambda.templates.cloud_assembly import assembly_files
from aws_lambda.templates.declared_functions import Template
from aws_lambda.templates.documents import Node, parse_node
from aws_lambda.templates.template_formats import read_template


class UnreadableTemplate(ConfigurationError):
    """A file that should be a deployment template is missing, or is not valid YAML or JSON.

    To fix, correct the file at the line in the message, or name another file.
    """


class NoTemplate(ConfigurationError):
    """A file is valid YAML or JSON, but it is not a deployment template.

    The backend reads SAM and CloudFormation templates, which contain `Resources`, `serverless.yml`,
    which contains `provider` and `functions`, and the `manifest.json` of a CDK cloud assembly.

    To fix, name a file of one of these formats.
    """


@dataclass(frozen=True)
class DocumentsRequest:
    """The YAML and JSON files at these paths in a digest."""

    paths: tuple[str, ...]
    digest: Digest


@dataclass(frozen=True)
class Documents:
    """The nodes of files by path. `unreadable` maps the paths of other files to reasons."""

    nodes: FrozenDict[str, Node]
    unreadable: FrozenDict[str, str]


@dataclass(frozen=True)
class TemplatesRequest:
    """The deployment templates at these paths in the repository."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Templates:
    """Templates in the order of the request."""

    templates: tuple[Template, ...]


@rule(desc="Read YAML and JSON files", level=LogLevel.DEBUG)
async def read_documents(request: DocumentsRequest) -> Documents:
    if not request.paths:
        return Documents(FrozenDict(), FrozenDict())
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="read_template.py",
                argv=tuple(repository_path(path) for path in request.paths),
                description=f"Read {', '.join(request.paths)}",
                immutable_inputs=FrozenDict({REPOSITORY: request.digest}),
            ),
            **implicitly(),
        )
    )
    report: Mapping[str, Any] = json.loads(result.stdout)
    facts = {path: report[repository_path(path)] for path in request.paths}
    return Documents(
        FrozenDict(
            {path: parse_node(each) for path, each in facts.items() if "unreadable" not in each}
        ),
        FrozenDict(
            {path: each["unreadable"] for path, each in facts.items() if "unreadable" in each}
        ),
    )


@rule(desc="Read the documents of deployment templates", level=LogLevel.DEBUG)
async def read_template_documents(request: TemplatesRequest) -> Documents:
    entries = await entries_at(PathGlobs(request.paths))
    present = tuple(path for path in request.paths if path in {each.path for each in entries})
    digest = await create_digest(CreateDigest(entries))
    documents = await read_documents(DocumentsRequest(present, digest), **implicitly())
    unreadable = {
        path: documents.unreadable.get(path, "there is no such file")
        for path in request.paths
        if path not in documents.nodes
    }
    if unreadable:
        raise UnreadableTemplate(
            describe(
                "Deployment templates cannot be read.",
                facts=columns([*unreadable.items()]),
                fix="correct each file, or name another file.",
            )
        )
    return documents


@rule(desc="Read deployment templates", level=LogLevel.DEBUG)
async def read_templates(request: TemplatesRequest) -> Templates:
    """Read templates. The manifest of a cloud assembly stands for the templates in it."""
    read: dict[str, Template] = {}
    others: list[str] = []
    waiting = request.paths
    while waiting:
        documents = await read_template_documents(TemplatesRequest(waiting), **implicitly())
        assemblies = {path: assembly_files(path, documents.nodes[path]) for path in waiting}
        for path in waiting:
            template = read_template(path, documents.nodes[path])
            if template is not None:
                read[path] = template
            elif assemblies[path] is None:
                others.append(path)
        named = (file for files in assemblies.values() for file in files or ())
        waiting = tuple(dict.fromkeys(file for file in named if file not in read))
    if others:
        raise NoTemplate(
            describe(
                "These files are not deployment templates.",
                facts=others,
                why=(
                    "A SAM or CloudFormation template contains `Resources`, `serverless.yml` "
                    "contains `provider` and `functions`, and the `manifest.json` of a CDK cloud "
                    "assembly contains `artifacts`."
                ),
                fix="name a file of one of these formats.",
            )
        )
    return Templates(tuple(read.values()))


def rules() -> Iterable[Any]:
    return collect_rules()
