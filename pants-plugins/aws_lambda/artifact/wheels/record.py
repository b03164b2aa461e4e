"""Generate the `RECORD` of each distribution.

A wheel's own `RECORD` would list files that the artifact excludes or takes from another owner.
This follows the specification "Recording installed projects" (PyPA).
"""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Owner,
    generate_file,
    urlsafe_sha256,
)
from aws_lambda.artifact.same_objects import Same


def add_records(
    files: Iterable[ArtifactFile], claims: Iterable[ArtifactFile], root: str
) -> tuple[ArtifactFile, ...]:
    """Return the files of an artifact with the `RECORD` of every distribution, sorted by path.

    `claims` are the files before collisions were resolved: a file that two distributions have in
    common is in the `RECORD` of both. A distribution without `METADATA` has no `RECORD`. The
    generated `RECORD` replaces any file at its path. `root` is the folder of importable code.
    """
    final = {file.path: file for file in files}
    by_owner: dict[Owner, list[ArtifactFile]] = {}
    for claim in claims:
        if claim.is_third_party and _is_there(claim, final):
            by_owner.setdefault(claim.owner, []).append(claim)
    records = (_record(Same(*own), owner, root) for owner, own in by_owner.items())
    final.update((record.path, record) for record in records if record)
    return tuple(sorted(final.values(), key=lambda file: file.path))


@lru_cache(maxsize=256)
def _record(files: Same[ArtifactFile], owner: Owner, root: str) -> ArtifactFile | None:
    """The `RECORD` of a distribution with these files."""
    folder = _dist_info(files.values, root)
    if folder is None:
        return None
    path = f"{folder}/RECORD"
    return generate_file(path, _content(files.values, path, root), owner)


def _is_there(claim: ArtifactFile, final: dict[str, ArtifactFile]) -> bool:
    return claim.path in final and final[claim.path].sha256 == claim.sha256


def _dist_info(files: Sequence[ArtifactFile], root: str) -> str | None:
    """Return the `*.dist-info` folder of a distribution; `None` if it has no `METADATA`.

    It is in the folder of importable code. Vendored distributions have theirs in deeper folders.
    """
    described = (f.path.rpartition("/")[0] for f in files if f.path.endswith("/METADATA"))
    folders = (folder for folder in described if folder.endswith(".dist-info"))
    return next((each for each in folders if posixpath.dirname(each) == root), None)


def _content(files: Sequence[ArtifactFile], record: str, root: str) -> bytes:
    """Return the content of a `RECORD`, with paths relative to the folder of importable code."""
    up = "../" * len([step for step in root.split("/") if step])
    prefix = f"{root}/" if root else ""

    def relative(path: str) -> str:
        return path[len(prefix) :] if path.startswith(prefix) else f"{up}{path}"

    # A wheel may have a path twice: at its top, and in a folder of its `*.data`.
    rows = {
        (relative(file.path), f"sha256={urlsafe_sha256(file.sha256)}", str(file.size))
        for file in files
        if file.path != record
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(sorted([*rows, (relative(record), "", "")]))
    return text.getvalue().encode("utf-8", "surrogateescape")
