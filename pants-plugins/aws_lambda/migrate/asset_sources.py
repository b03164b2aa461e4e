"""Finds the folders of the repository that CDK copied into a cloud assembly."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping


def find_asset_source(
    asset: str, fingerprints: Mapping[str, str], assembly: str, module: str | None = None
) -> str | None:
    """Return the folder that an asset was copied from: the one with most of its modules.

    `asset` and `assembly` are folders, and `fingerprints` has a hash of each Python file of the
    repository and of the assembly. `module` is a module that the folder must contain, such as that
    of the handler. An asset may contain more, such as distributions that CDK installed.
    """
    copies = {
        posixpath.relpath(path, asset): fingerprint
        for path, fingerprint in fingerprints.items()
        if path.startswith(f"{asset}/")
    }
    sought = set(copies)
    if module is not None:
        sought &= {f"{module}.py", f"{module.replace('.', '/')}.py"}
    excluded = f"{assembly}/" if assembly else "asset."
    sources = {p: each for p, each in fingerprints.items() if not p.startswith(excluded)}
    candidates = {
        path[: -len(relative)].rstrip("/") or "."
        for path, fingerprint in sources.items()
        for relative in sought
        if copies[relative] == fingerprint and f"/{path}".endswith(f"/{relative}")
    }

    def rank(folder: str) -> tuple[int, int, str]:
        files = [p for p in sources if folder == "." or p.startswith(f"{folder}/")]
        equal = [p for p in files if copies.get(posixpath.relpath(p, folder)) == sources[p]]
        return len(equal), -len(files), folder

    return max(candidates, key=rank, default=None)
