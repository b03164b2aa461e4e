"""Translates BUILD files with targets of Pants' own AWS Lambda backend to `lambda_function` and
`lambda_layer`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from aws_lambda.migrate.declared_targets import OLD_NAME, OLD_NAMES, declared_targets
from aws_lambda.migrate.file_changes import FileChange
from aws_lambda.migrate.file_translator import FileTranslator
from aws_lambda.migrate.source_text import SourceText


def translate_build_files(
    texts: Mapping[str, str], macros: Collection[str] = ()
) -> tuple[FileChange, ...]:
    """The changes to BUILD files and to files with macros, which are mapped by path.

    `macros` are the paths of the latter. A second translation of the result changes nothing.
    """
    sources: dict[str, SourceText] = {}
    changes: list[FileChange] = []
    for path, text in texts.items():
        try:
            sources[path] = SourceText(text)
        except (SyntaxError, ValueError) as error:
            if OLD_NAME.search(text):
                changes.append(FileChange(path, text, text, (_not_parsed(error),)))
    targets = [
        target
        for path, source in sources.items()
        for target in declared_targets(path, source.tree, is_macro=path in macros)
    ]
    redefined = {
        node.name
        for source in sources.values()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name in OLD_NAMES
    }
    for path, source in sources.items():
        if OLD_NAME.search(source.text):
            own = [each for each in targets if each.path == path]
            change = FileTranslator(source, own, targets, redefined).translate(path)
            if change.is_edit or change.notes:
                changes.append(change)
    return tuple(sorted(changes, key=lambda each: each.path))


def _not_parsed(error: Exception) -> str:
    place = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    return (
        f"The file cannot be parsed{place} ({reason}), and stays as it is. Correct it, and run the "
        "command again."
    )
