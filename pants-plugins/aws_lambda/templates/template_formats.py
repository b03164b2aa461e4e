"""Recognizes the format of a deployment template by its content, and reads it."""

from __future__ import annotations

from aws_lambda.templates.cloudformation import is_cloudformation, read_cloudformation
from aws_lambda.templates.declared_functions import Template
from aws_lambda.templates.documents import MappingNode, Node
from aws_lambda.templates.serverless import is_serverless, read_serverless


def read_template(path: str, document: Node) -> Template | None:
    """Return what a template declares, or None if the document has another format.

    `path` is the path of the template from the root of the repository.
    """
    if isinstance(document, MappingNode) and is_cloudformation(document):
        return read_cloudformation(path, document)
    if isinstance(document, MappingNode) and is_serverless(document):
        return read_serverless(path, document)
    return None
