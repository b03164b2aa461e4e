"""Finds the templates of a CDK cloud assembly, the folder that `cdk synth` writes."""

from __future__ import annotations

import posixpath

from aws_lambda.templates.documents import MappingNode, Node

_STACK = "aws:cloudformation:stack"
_STAGE = "cdk:cloud-assembly"


def assembly_files(path: str, document: Node) -> tuple[str, ...] | None:
    """Return the paths of the templates and manifests in a `manifest.json`.

    None means that the document is not the manifest of a cloud assembly. A stage of CDK is an
    assembly of its own, with its own manifest.
    """
    if not isinstance(document, MappingNode) or document.get("version") is None:
        return None
    artifacts = document.get("artifacts")
    if not isinstance(artifacts, MappingNode):
        return None
    folder = posixpath.dirname(path)
    found = []
    for entry in artifacts:
        kind = artifacts.text(entry.key, "type")
        file = artifacts.text(entry.key, "properties", "templateFile")
        stage = artifacts.text(entry.key, "properties", "directoryName")
        if kind == _STACK and file:
            found.append(posixpath.join(folder, file))
        elif kind == _STAGE and stage:
            found.append(posixpath.join(folder, stage, "manifest.json"))
    return tuple(found)
