"""Which entries of a lockfile are on one machine, and what follows from each."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.local import check_local
from aws_lambda.artifact.lock import read_lock

WHEEL = "alarm-1.0-py3-none-any.whl"
COMMIT = "0123456789" * 4


def found(
    *urls: str, wheel: str = WHEEL, find_links: Sequence[str] = (), name: str = "alarm"
) -> list[Finding]:
    """What is said of `alarm` 1.0, locked with these files, in a repository at `/repo`."""
    project = {
        "project_name": "alarm",
        "version": "1.0",
        "artifacts": [{"url": url} for url in urls],
    }
    document = {"locked_resolves": [{"locked_requirements": [project]}]}
    lock = read_lock(document, path="default.lock", resolve="default")
    distribution = Distribution(name, "1.0", wheel, "")
    return [*check_local([distribution], lock, build_root="/repo", find_links=find_links)]


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
def test_what_every_machine_has_is_fine(urls: list[str], find_links: list[str]) -> None:
    """Silent: files of an index, of the repository, of `find_links`, of a mapped path; and local
    files that this artifact does not take."""
    assert found(*urls, find_links=find_links) == []


def test_only_locked_projects_are_judged() -> None:
    """The wheel of a `python_distribution` is none of the lockfile's."""
    assert found("file:///repo/vendor/alarm", name="bell") == []


@pytest.mark.parametrize(
    ("url", "path", "first"),
    [
        ("file:///repo/vendor/alarm", "vendor/alarm", "own it"),
        ("file:///repo/ven%20dor/alarm-1.0", "ven dor/alarm-1.0", "own it"),
        ("file:///home/me/alarm", "/home/me/alarm", "move it into the repository, own it"),
        ("file://${VENDOR}/alarm", "${VENDOR}/alarm", "move it into the repository, own it"),
    ],
)
def test_a_folder_is_an_error(url: str, path: str, first: str) -> None:
    """A folder changes without the lockfile: what PEX builds of it is outdated, silently."""
    assert found(url) == [
        Finding(
            "L029",
            "alarm",
            f"The lockfile takes alarm 1.0 from the folder {path}. Later edits of the folder do "
            "not ship: PEX builds the code that it locked, or fails on the hash where its caches "
            "lack this code.",
            f"{first} with `python_sources()` or `python_distribution(…)`, remove the requirement, "
            "and run `pants generate-lockfiles --resolve=default`.",
        )
    ]


@pytest.mark.parametrize(
    ("url", "follows", "doubt"),
    [
        (
            "git+file:/home/me@work/alarm",
            "Later commits do not ship: PEX builds the code that it locked, or fails on the hash "
            "where its caches lack this code.",
            False,
        ),
        (
            "git+file:///home/me@work/alarm@main",
            "Later commits do not ship: PEX builds the code that it locked, or fails on the hash "
            "where its caches lack this code.",
            False,
        ),
        (
            f"git+file:///home/me@work/alarm@{COMMIT}#egg=alarm",
            "The build fails on machines that do not have it.",
            True,
        ),
    ],
)
def test_a_repository_on_this_machine(url: str, follows: str, doubt: bool) -> None:
    """A local clone moves like a folder, unless the requirement pins a commit."""
    assert found(url) == [
        Finding(
            "L029",
            "alarm",
            f"The lockfile takes alarm 1.0 from a repository of one machine, /home/me@work/alarm. "
            f"{follows}",
            "require a commit from a server: `alarm @ git+https://…@COMMIT`; and run "
            "`pants generate-lockfiles --resolve=default`.",
            doubt,
        )
    ]


@pytest.mark.parametrize("file", [WHEEL, "alarm-1.0.tar.gz", "alarm-1.0.zip"])
def test_a_file_elsewhere_is_a_doubt(file: str) -> None:
    """An archive has one content, by its hash; but other machines may not have it."""
    assert found(f"file:///home/me/{file}") == [
        Finding(
            "L029",
            "alarm",
            f"The lockfile takes alarm 1.0 from the file /home/me/{file}. The build fails on "
            "machines that do not have it.",
            "put the file into a folder of the repository, name this folder in "
            "`[python-repos].find_links`, and run `pants generate-lockfiles --resolve=default`.",
            doubt=True,
        )
    ]
