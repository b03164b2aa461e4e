"""Finds the data files that functions and layers read, for their `resources` targets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from aws_lambda.migrate.build_file_targets import NewTarget, PlacedTarget
from aws_lambda.migrate.requirement_targets import THIRD_PARTY
from aws_lambda.migrate.source_roots import PYTHON_FILES, TOOL_FOLDERS, CodeLayout
from aws_lambda.migrate.target_names import address_of

# Files in the folder of a function that configure tools and that no function reads.
_TOOL_FILES = re.compile(
    r"(^|/)(BUILD(\..+)?|Dockerfile|Makefile|Pipfile(\.lock)?|poetry\.lock|uv\.lock|"
    r"pyproject\.toml|setup\.(py|cfg)|tox\.ini|pytest\.ini|[\w.-]*requirements[\w.-]*\.(txt|in)|"
    r"constraints[\w.-]*\.txt|README(\.\w+)?|LICENSE(\.\w+)?|CHANGELOG(\.\w+)?|package(-lock)?\.json|"
    r"(template|samconfig|serverless|buildspec|cdk)\.\w+|py\.typed)$"
)


def data_target(root: str, layout: CodeLayout) -> PlacedTarget | None:
    """Return a target for the data files below a source root, if it has any."""
    paths = _data_below(root, layout)
    if not paths:
        return None
    sources = _data_patterns(paths, root, layout.files.below(root))
    return PlacedTarget(root, NewTarget("resources", {"name": "data", "sources": sources}))


def data_address(root: str, folder: str) -> str:
    """Return the address of the data below a root, as a target in a folder writes it."""
    return ":data" if folder == root else address_of(root, "data")


def _data_below(root: str, layout: CodeLayout) -> list[str]:
    inner = [
        each
        for each in (*layout.roots, *(layer.content for layer in layout.chosen.layers.values()))
        if each != root and (root == "." or each.startswith(f"{root}/"))
    ]
    return [
        path
        for path in layout.files.below(root)
        if not path.endswith(PYTHON_FILES)
        and path not in layout.chosen.templates
        and not _TOOL_FILES.search(path)
        and not TOOL_FOLDERS.search(posixpath.relpath(path, root))
        and not any(path.startswith(f"{each}/") for each in inner)
        and not (root == "." and "/" not in path)
        and not (root == "." and path.startswith((f"{THIRD_PARTY}/", "pants-plugins/")))
    ]


def _data_patterns(paths: Sequence[str], root: str, all_paths: Sequence[str]) -> list[str]:
    """Return globs for data files: names at the top, and whole folders without Python files."""
    with_python = {
        posixpath.relpath(path, root).partition("/")[0]
        for path in all_paths
        if path.endswith(PYTHON_FILES) and "/" in posixpath.relpath(path, root)
    }
    patterns = []
    for path in paths:
        relative = posixpath.relpath(path, root)
        top, slash, _ = relative.partition("/")
        whole = bool(slash) and top not in with_python
        patterns.append(f"{top}/**/*" if whole else relative)
    return list(dict.fromkeys(patterns))
