"""L029: requirements that the lockfile takes from one machine.

PEX caches a locked file under its hash, so it never looks at the file again. Archives do not
change. Folders and repositories do, and PEX still builds the code that it locked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlparse

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.lock import Lock, LockedProject, built_from_source, file_name_of

_ARCHIVES = (".whl", ".zip", ".tar", ".tgz", ".tbz", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
# A pinned commit does not move, however many follow.
_REVISION = re.compile(r"@([^/]*)$")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def check_local(
    distributions: Iterable[Distribution],
    lock: Lock,
    *,
    build_root: str,
    find_links: Sequence[str],
) -> Iterable[Finding]:
    """L029: distributions whose files are on one machine, outside the folders that are shared.

    `find_links` are the values of the option: URLs, and absolute paths.
    """
    shared = [build_root, *(unquote(urlparse(each).path) for each in find_links)]
    for distribution in distributions:
        project = lock.projects.get(distribution.name)
        for url in _taken(project, distribution, lock) if project else ():
            yield from _judge(distribution, url, shared, lock.resolve)


def _taken(project: LockedProject, distribution: Distribution, lock: Lock) -> Iterable[str]:
    """The local URLs that this wheel came from: its own, or the sources that PEX built it from."""
    is_built = built_from_source(distribution.wheel, lock)
    for url in project.local:
        name = file_name_of(url)
        if name == distribution.wheel or (is_built and not name.endswith(".whl")):
            yield url


def _judge(
    distribution: Distribution, url: str, shared: Sequence[str], resolve: str
) -> Iterable[Finding]:
    parsed = urlparse(url)
    path = unquote(parsed.netloc + parsed.path)
    relock = f"run `pants generate-lockfiles --resolve={resolve}`."
    stale = (
        "do not ship: PEX builds the code that it locked, or fails on the hash where its caches "
        "lack this code."
    )
    if parsed.scheme != "file":
        revision = _REVISION.search(path)
        pinned = revision is not None and _COMMIT.fullmatch(revision[1]) is not None
        path = _REVISION.sub("", path)
        yield Finding(
            "L029",
            distribution.name,
            f"The lockfile takes {distribution} from a repository of one machine, {path}. "
            + (
                "The build fails on machines that do not have it."
                if pinned
                else f"Later commits {stale}"
            ),
            f"require a commit from a server: `{distribution.name} @ git+https://…@COMMIT`; and "
            f"{relock}",
            doubt=pinned,
        )
    elif not path.endswith(_ARCHIVES):
        inside = _below(path, shared[0])
        yield Finding(
            "L029",
            distribution.name,
            f"The lockfile takes {distribution} from the folder {inside or path}. Later edits of "
            f"the folder {stale}",
            f"{'' if inside else 'move it into the repository, '}own it with `python_sources()` "
            f"or `python_distribution(…)`, remove the requirement, and {relock}",
        )
    # With `[python-repos].path_mappings`, each machine has its own folder.
    elif "${" not in path and not any(_below(path, folder) for folder in shared):
        yield Finding(
            "L029",
            distribution.name,
            f"The lockfile takes {distribution} from the file {path}. The build fails on "
            "machines that do not have it.",
            "put the file into a folder of the repository, name this folder in "
            f"`[python-repos].find_links`, and {relock}",
            doubt=True,
        )


def _below(path: str, folder: str) -> str:
    """The path relative to the folder; `""` if it is elsewhere."""
    folder = folder.rstrip("/")
    is_below = folder and f"{path}/".startswith(f"{folder}/")
    return path[len(folder) + 1 :] or "." if is_below else ""
