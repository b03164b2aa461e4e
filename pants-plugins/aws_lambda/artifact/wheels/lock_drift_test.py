"""Test how a lockfile is compared with the lock of another tool."""

from __future__ import annotations

from typing import Any

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import CompletePlatform, compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.lock_drift import (
    LockComparison,
    compare_locks,
    describe_agreement,
)
from aws_lambda.artifact.wheels.lock_sources import LockSource, LockTool, SourcePin
from aws_lambda.artifact.wheels.pex_lock import Lockfile, read_lockfile

WHERE = Where("lambda_function", "src/api:fn")


def platform_of(runtime: str) -> CompletePlatform:
    return compute_platform(find_runtime(runtime, RUNTIMES, where=WHERE), Architecture.ARM64)


PYTHON311 = {"python3.11 on aarch64": platform_of("python3.11")}
BOTH = {**PYTHON311, "python3.13 on aarch64": platform_of("python3.13")}


def locked(*requirements: str, **dependencies: str) -> Lockfile:
    """A lockfile of requirements such as `a==1.0`. `dependencies` are by name of the dependent."""
    projects: list[dict[str, Any]] = []
    for requirement in requirements:
        name, _, version = requirement.partition("==")
        requires = dependencies.get(name, "")
        projects.append(
            {
                "project_name": name,
                "version": version,
                "requires_dists": [requires] if requires else [],
                "artifacts": [{"url": f"https://i.invalid/{name}-{version}-py3-none-any.whl"}],
            }
        )
    document = {
        "requirements": [requirements[0]],
        "locked_resolves": [{"locked_requirements": projects}],
    }
    return read_lockfile(document, path="3rdparty/python/default.lock", resolve="python-default")


def source_of(*pins: SourcePin, unread: tuple[str, ...] = ()) -> LockSource:
    return LockSource("uv.lock", LockTool.UV, pins, unread)


def compare(
    lock: Lockfile,
    source: LockSource,
    platforms: dict[str, CompletePlatform] = PYTHON311,
    constraints: str | None = "3rdparty/python/default.constraints.txt",
) -> LockComparison:
    return compare_locks(lock, source, platforms, constraints=constraints)


def test_locks_that_agree() -> None:
    """Versions are compared as versions, and distributions of the source alone do not matter."""
    lock = locked("requests==2.32.3", "idna==3.10", requests="idna")
    source = source_of(
        SourcePin("idna", "3.10.0"), SourcePin("requests", "2.32.3"), SourcePin("pytest", "8")
    )

    assert compare(lock, source) == LockComparison("", "", 2)
    assert describe_agreement(lock, source, 2) == (
        "The lockfile of the resolve `python-default` has the versions of uv.lock: 2 distributions."
    )


def test_versions_that_differ() -> None:
    """The message has both versions and the commands of the tool."""
    lock = locked("requests==2.32.3", "idna==3.10", requests="idna")
    source = source_of(SourcePin("idna", "3.7"), SourcePin("requests", "2.32.3"))

    compared = compare(lock, source)

    assert compared == LockComparison(compared.error, "", 1)
    assert compared.error == (
        "The lockfile of the resolve `python-default` has other versions than its source.\n\n"
        "  the lockfile  3rdparty/python/default.lock\n"
        "  the source    uv.lock\n\n"
        "  distribution  source  lockfile\n"
        "  idna          3.7     3.10\n\n"
        "Artifacts contain the versions of the lockfile.\n\n"
        "To fix, run these commands, which lock the versions of the source:\n\n"
        "  uv export --frozen --all-packages --all-extras --all-groups --no-hashes --no-annotate "
        "--no-header --no-emit-local --output-file 3rdparty/python/default.constraints.txt\n"
        "  pants generate-lockfiles --resolve=python-default"
    )


def test_resolve_without_a_constraints_file() -> None:
    """The message tells how to add the file to `pants.toml`."""
    compared = compare(locked("idna==3.10"), source_of(SourcePin("idna", "3.7")), constraints=None)

    assert "--output-file 3rdparty/python/python-default.constraints.txt\n" in compared.error
    assert compared.error.endswith(
        "\n\nBefore that, name the constraints file in pants.toml:\n\n"
        "  [python.resolves_to_constraints_file]\n"
        '  python-default = "3rdparty/python/python-default.constraints.txt"'
    )


def test_source_that_is_the_constraints_file() -> None:
    """Only the lockfile has to follow, and no command overwrites the source."""
    source = LockSource("reqs.txt", LockTool.REQUIREMENTS, (SourcePin("idna", "3.7"),))

    assert compare(locked("idna==3.10"), source, constraints="reqs.txt").error.endswith(
        "\n\nTo fix, run this command, which locks the versions of the source:\n\n"
        "  pants generate-lockfiles --resolve=python-default"
    )


def test_source_with_versions_for_each_python() -> None:
    """A pin counts on the platforms of its markers, and the message names those that differ."""
    source = source_of(
        SourcePin("numpy", "1.26.4", ("python_full_version < '3.12'",)),
        SourcePin("numpy", "2.3.0", ("python_full_version >= '3.12'",)),
    )

    assert compare(locked("numpy==1.26.4"), source) == LockComparison("", "", 1)
    assert (
        "\n  distribution  source  lockfile  platform\n"
        "  numpy         2.3.0   1.26.4    python3.13 on aarch64\n"
    ) in compare(locked("numpy==1.26.4"), source, BOTH).error


def test_several_versions_for_one_platform() -> None:
    """Markers that cannot be evaluated leave several versions. Any of them agrees."""
    source = source_of(SourcePin("idna", "3.7"), SourcePin("idna", "3.10"))

    assert compare(locked("idna==3.10"), source).error == ""
    assert "idna          3.7 or 3.10  3.11\n" in compare(locked("idna==3.11"), source).error


def test_distribution_that_no_platform_needs() -> None:
    """The lockfile is for all systems, and only Lambda's platforms matter."""
    lock = locked("click==8.1.7", "colorama==0.4.6", click="colorama; sys_platform == 'win32'")
    source = source_of(SourcePin("click", "8.1.7"), SourcePin("colorama", "0.4.5"))

    assert compare(lock, source) == LockComparison("", "", 1)


def test_versions_that_the_source_does_not_determine() -> None:
    """A note lists them, since `check` cannot tell whether they agree."""
    lock = locked("a==1", "b==1", "c==1", "d==1", a="b", b="c", c="d")
    source = source_of(
        SourcePin("a", "1", origin="git https://git.invalid/a"),
        SourcePin("b", ""),
        SourcePin("c", "1", ("sys_platform == 'win32'",)),
        unread=("-r other.txt",),
    )

    assert compare(lock, source) == LockComparison(
        "",
        "The source of the resolve `python-default` does not determine all of its versions.\n\n"
        "  the lockfile  3rdparty/python/default.lock\n"
        "  the source    uv.lock\n\n"
        "  distribution  lockfile  reason\n"
        "  a             1         in the source, but from git https://git.invalid/a\n"
        "  b             1         in the source, but not pinned\n"
        "  c             1         in the source, but not for this platform\n"
        "  d             1         not in the source\n"
        "  not read  -r other.txt\n\n"
        "`check` cannot tell whether these agree, so it passes.\n\n"
        "To fix, add the missing distributions to the project that uv.lock locks, or remove them "
        "from the requirements of the resolve and run "
        "`pants generate-lockfiles --resolve=python-default`.",
        0,
    )


def test_code_from_elsewhere_in_another_version() -> None:
    """Equal versions of a repository may be different code, but different versions are not equal."""
    source = source_of(SourcePin("a", "2", origin="git https://git.invalid/a"))

    assert "  a             2       1\n" in compare(locked("a==1"), source).error


def test_distribution_in_several_versions_of_the_lockfile() -> None:
    """PEX chooses one of them for each platform, which `check` does not follow."""
    one, other = locked("a==1"), locked("a==2")
    document_of_both = Lockfile(
        one.path, one.resolve, {}, unchecked=frozenset({"a"}), requirements=other.requirements
    )

    assert (
        "  a                       not compared: the lockfile has several versions or overrides it"
        in compare(document_of_both, source_of(SourcePin("a", "1"))).note
    )
