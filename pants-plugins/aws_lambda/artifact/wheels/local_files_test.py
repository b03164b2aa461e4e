"""Test which entries of a lockfile are on one machine only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.wheels.local_files import (
    RequirementIsFolder,
    check_folders,
    check_local_files,
)
from aws_lambda.artifact.wheels.pex_lock import Lockfile, read_lockfile

WHEEL = "alarm-1.0-py3-none-any.whl"
COMMIT = "0123456789" * 4


def locked(projects_of: Mapping[str, Sequence[str]]) -> Lockfile:
    """A lockfile of projects in version 1.0, each with its URLs."""
    projects = [
        {"project_name": name, "version": "1.0", "artifacts": [{"url": url} for url in urls]}
        for name, urls in projects_of.items()
    ]
    document = {"locked_resolves": [{"locked_requirements": projects}]}
    return read_lockfile(document, path="default.lock", resolve="default")


def found(
    *urls: str, wheel: str = WHEEL, find_links: Sequence[str] = (), name: str = "alarm"
) -> list[Finding]:
    """The findings for `alarm` 1.0, locked with these URLs, in a repository at `/repo`."""
    lock = locked({"alarm": urls})
    distribution = Distribution(name, "1.0", wheel, "")
    return [*check_local_files([distribution], lock, build_root="/repo", find_links=find_links)]


@pytest.mark.parametrize(
    ("urls", "find_links"),
    [
        ([f"https://index.invalid/{WHEEL}"], []),
        ([f"file:///repo/wheels/{WHEEL}"], []),
        (["file:///repo/wheels/alarm-1.0.tar.gz"], []),
        ([f"file:///share/wheels/{WHEEL}"], ["file:///share/wheels"]),
        ([f"file:///share/my%20wheels/{WHEEL}"], ["/share/my wheels/"]),
        ([f"file://${{WHEELS}}/{WHEEL}"], []),
        (["git+https://git.invalid/alarm@main"], []),
        ([f"https://index.invalid/{WHEEL}", "file:///home/me/alarm-1.0.tar.gz"], []),
    ],
)
def test_shared_files_have_no_finding(urls: list[str], find_links: list[str]) -> None:
    """Files of an index, the repository, `find_links` or a mapped path are on every machine.

    Local files that the artifact does not use have no finding either.
    """
    assert found(*urls, find_links=find_links) == []


def test_only_locked_projects_are_checked() -> None:
    """The wheel of a `python_distribution` is not in the lockfile."""
    assert found("file:///repo/vendor/alarm", name="bell") == []


@pytest.mark.parametrize(
    ("urls", "rows", "first"),
    [
        ({"alarm": "file:///repo/vendor/alarm"}, ["alarm 1.0  vendor/alarm"], "own the folder"),
        (
            {"bell": "file:///repo/b", "alarm": "file:///repo/ven%20dor/alarm-1.0"},
            ["alarm 1.0  ven dor/alarm-1.0", "bell 1.0   b"],
            "own the folder",
        ),
        (
            {"alarm": "file:///home/me/alarm"},
            ["alarm 1.0  /home/me/alarm"],
            "move the folder into the repository, own it",
        ),
        (
            {"alarm": "file://${VENDOR}/alarm", "bell": f"file:///repo/wheels/{WHEEL}"},
            ["alarm 1.0  ${VENDOR}/alarm"],
            "move the folder into the repository, own it",
        ),
    ],
)
def test_folder_is_refused(urls: Mapping[str, str], rows: Sequence[str], first: str) -> None:
    """A folder can change after it was locked, and PEX would build outdated code."""
    lock = locked({name: [url] for name, url in urls.items()})

    with pytest.raises(RequirementIsFolder) as refused:
        check_folders(
            lock.projects.values(),
            lock,
            build_root="/repo",
            where=Where("lambda_function", "src/app:fn"),
        )

    listed = "\n  ".join(rows)
    assert str(refused.value) == (
        "The lockfile of the `lambda_function` target src/app:fn takes third-party code from a folder.\n\n"
        f"  the lockfile  default.lock\n\n  {listed}\n\n"
        "Later edits of the folder would not be in the artifact: PEX builds the code that it locked, "
        "or fails on the hash if its caches lack this code.\n\n"
        f"To fix, {first} with `python_sources()` or `python_distribution(…)`, remove the "
        "requirement, and run `pants generate-lockfiles --resolve=default`."
    )


def test_archives_and_repositories_are_not_refused() -> None:
    """Archives do not change, and L029 reports repositories."""
    lock = locked({"alarm": [f"file:///home/me/{WHEEL}"], "bell": ["git+file:///home/me/bell"]})

    check_folders(
        lock.projects.values(),
        lock,
        build_root="/repo",
        where=Where("lambda_function", "src/app:fn"),
    )


@pytest.mark.parametrize(
    ("url", "consequence", "doubt"),
    [
        (
            "git+file:/home/me@work/alarm",
            "Later commits are not in the artifact: PEX builds the code that it locked, or fails on "
            "the hash if its caches lack this code.",
            False,
        ),
        (
            "git+file:///home/me@work/alarm@main",
            "Later commits are not in the artifact: PEX builds the code that it locked, or fails on "
            "the hash if its caches lack this code.",
            False,
        ),
        (
            f"git+file:///home/me@work/alarm@{COMMIT}#egg=alarm",
            "The build fails on machines that do not have it.",
            True,
        ),
    ],
)
def test_local_repository_is_reported(url: str, consequence: str, doubt: bool) -> None:
    """A local clone can change like a folder, unless the requirement pins a commit."""
    assert found(url) == [
        Finding(
            "L029",
            "alarm",
            f"The lockfile takes alarm 1.0 from a repository on one machine, /home/me@work/alarm. "
            f"{consequence}",
            "require a commit on a server, `alarm @ git+https://…@COMMIT`, and run "
            "`pants generate-lockfiles --resolve=default`.",
            doubt,
        )
    ]


@pytest.mark.parametrize("file", [WHEEL, "alarm-1.0.tar.gz", "alarm-1.0.zip"])
def test_local_file_is_a_doubt(file: str) -> None:
    """An archive has one content, by its hash, but other machines may not have it."""
    assert found(f"file:///home/me/{file}") == [
        Finding(
            "L029",
            "alarm",
            f"The lockfile takes alarm 1.0 from the file /home/me/{file}. The build fails on "
            "machines that do not have it.",
            "move the file into a folder of the repository, add this folder to "
            "`[python-repos].find_links`, and run `pants generate-lockfiles --resolve=default`.",
            doubt=True,
        )
    ]
