"""Find requirements that the lockfile takes from files, folders and repositories on one machine.

PEX caches a locked file by its hash and never reads the file again. Archives do not change, but
folders and repositories do, and PEX still builds the code that it locked. The findings are those of
L029.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlparse

from aws_lambda.artifact.commands import lock_command
from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import LockfileError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.wheels.pex_lock import (
    LockedProject,
    Lockfile,
    file_name_from_url,
    is_built_from_source,
)

_ARCHIVES = (".whl", ".zip", ".tar", ".tgz", ".tbz", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
# A URL with a commit means the same code forever, unlike one with a branch.
_REVISION = re.compile(r"@([^/]*)$")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class RequirementIsFolder(LockfileError):
    """The lockfile takes a requirement from a folder. Later edits of the folder would not be in the
    artifact, since PEX builds the code that it locked.

    To fix, own the folder with `python_sources()` or `python_distribution(…)`, remove the
    requirement, and run `pants generate-lockfiles`.
    """


def check_folders(
    projects: Iterable[LockedProject], lock: Lockfile, *, build_root: str, where: Where
) -> None:
    """Raise `RequirementIsFolder` if projects are locked from folders.

    Call it before PEX runs. A build writes into the folder, and if the folder is in the repository,
    Pants sees a change and starts the build again, forever. `build_root` is the absolute path of
    the repository.
    """
    found = {
        f"{project.name} {project.version}": _path(url)
        for project in projects
        for url in project.local_urls
        if _is_folder(url)
    }
    if not found:
        return
    inside = {name: _below(path, build_root) for name, path in found.items()}
    is_inside = all(inside.values())
    own = "own the folder" if is_inside else "move the folder into the repository, own it"
    raise RequirementIsFolder(
        describe(
            f"The lockfile of {where} takes third-party code from a folder.",
            facts=[
                f"the lockfile  {lock.path}",
                "",
                *columns([(name, inside[name] or path) for name, path in sorted(found.items())]),
            ],
            why=(
                "Later edits of the folder would not be in the artifact: PEX builds the code that "
                "it locked, or fails on the hash if its caches lack this code."
            ),
            fix=(
                f"{own} with `python_sources()` or `python_distribution(…)`, remove the "
                "requirement, and run "
                f"`{lock_command(lock.resolve)}`."
            ),
        )
    )


def check_local_files(
    distributions: Iterable[Distribution],
    lock: Lockfile,
    *,
    build_root: str,
    find_links: Sequence[str],
) -> Iterable[Finding]:
    """Find distributions whose files are on one machine only (L029).

    Files below `build_root` and below the folders in `find_links` are on every machine.
    `find_links` are the values of Pants' option: URLs and absolute paths.
    """
    shared = [build_root, *(unquote(urlparse(each).path) for each in find_links)]
    for distribution in distributions:
        project = lock.projects.get(distribution.name)
        for url in _find_local_urls(project, distribution, lock) if project else ():
            yield from _check_url(distribution, url, shared, lock.resolve)


def _find_local_urls(
    project: LockedProject, distribution: Distribution, lock: Lockfile
) -> Iterable[str]:
    """Yield the local URLs of a wheel, or of the sources that PEX built it from."""
    is_built = is_built_from_source(distribution.wheel, lock)
    for url in project.local_urls:
        name = file_name_from_url(url)
        if name == distribution.wheel or (is_built and not name.endswith(".whl")):
            yield url


def _check_url(
    distribution: Distribution, url: str, shared: Sequence[str], resolve: str
) -> Iterable[Finding]:
    path = _path(url)
    relock = f"run `{lock_command(resolve)}`."
    if urlparse(url).scheme != "file":
        revision = _REVISION.search(path)
        pinned = revision is not None and _COMMIT.fullmatch(revision[1]) is not None
        path = _REVISION.sub("", path)
        yield Finding(
            "L029",
            distribution.name,
            f"The lockfile takes {distribution} from a repository on one machine, {path}. "
            + (
                "The build fails on machines that do not have it."
                if pinned
                else (
                    "Later commits are not in the artifact: PEX builds the code that it locked, or "
                    "fails on the hash if its caches lack this code."
                )
            ),
            f"require a commit on a server, `{distribution.name} @ git+https://…@COMMIT`, and "
            f"{relock}",
            doubt=pinned,
        )
    # With `[python-repos].path_mappings`, each machine has its own path of the folder.
    elif "${" not in path and not any(_below(path, folder) for folder in shared):
        yield Finding(
            "L029",
            distribution.name,
            f"The lockfile takes {distribution} from the file {path}. The build fails on "
            "machines that do not have it.",
            "move the file into a folder of the repository, add this folder to "
            f"`[python-repos].find_links`, and {relock}",
            doubt=True,
        )


def _path(url: str) -> str:
    parsed = urlparse(url)
    return unquote(parsed.netloc + parsed.path)


def _is_folder(url: str) -> bool:
    return urlparse(url).scheme == "file" and not _path(url).endswith(_ARCHIVES)


def _below(path: str, folder: str) -> str:
    """Return a path relative to a folder; `""` if it is not below the folder."""
    folder = folder.rstrip("/")
    is_below = folder and f"{path}/".startswith(f"{folder}/")
    return path[len(folder) + 1 :] or "." if is_below else ""
