"""Reads the metadata of another build, from any folder of the machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.artifact.output.manifest import SCHEMA_VERSION
from aws_lambda.artifact.report.comparison import Metadata
from aws_lambda.artifact.report.import_times import find_medians

# The report below `dist/`, as JSON.
DOCUMENT = "lambda-report.json"

_ENDING = ".metadata.json"


class NoEarlierBuild(ConfigurationError):
    """The option `--against` of `lambda-report` names no folder with the output of `package`.

    To fix, name a copy of the folder `dist/` of another build. The files `*.metadata.json` of its
    artifacts are sufficient.
    """


@dataclass(frozen=True)
class EarlierBuild:
    """The metadata of the artifacts in and below `folder`.

    `import_times` are the medians in the folder's report by address, in microseconds. They are
    empty if there is no report with such times.
    """

    folder: str
    artifacts: tuple[Metadata, ...]
    import_times: Mapping[str, int]


def read_build(folder: str, build_root: str) -> EarlierBuild:
    """Read the build in a folder, which may be relative to `build_root`.

    Raises `NoEarlierBuild`.
    """
    path = os.path.join(build_root, os.path.expanduser(folder))
    found = tuple(_read_files(path))
    if not found:
        content = "contains no file *.metadata.json" if os.path.isdir(path) else "is no folder"
        raise NoEarlierBuild(_describe(folder, [(path, content)]))
    report = os.path.join(path, DOCUMENT)
    times = find_medians(_read_json(report)) if os.path.exists(report) else {}
    return EarlierBuild(folder, found, times)


def _read_files(path: str) -> Iterator[Metadata]:
    for parent, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            if name.endswith(_ENDING):
                yield _read_json(os.path.join(parent, name))


def _read_json(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            document: dict[str, Any] = json.load(file)
        version = document["schema_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoEarlierBuild(
            _describe(path, [(path, f"cannot be read: {type(error).__name__}: {error}")])
        ) from None
    if version != SCHEMA_VERSION:
        known = f"has schema_version {version}, and this backend reads {SCHEMA_VERSION}"
        raise NoEarlierBuild(_describe(path, [(path, known)]))
    return document


def _describe(folder: str, facts: list[tuple[str, str]]) -> str:
    return describe(
        f"There is no earlier build in {folder}.",
        facts=columns(facts),
        fix=(
            f"build the earlier revision with `{pants_command('package ::')}`, copy `dist/` to a "
            "folder outside the repository, and name that folder."
        ),
    )
