"""Test how lockfiles are read, and checked against a platform."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.pex_lock import (
    LockedProject,
    Lockfile,
    LockForAnotherPython,
    NoWheelForPlatform,
    check_python,
    check_wheels,
    find_reachable,
    has_native_wheel,
    is_built_from_source,
    is_native_wheel,
    read_lockfile,
)

WHERE = Where("lambda_function", "src/api:fn")
PYTHON311_ARM64 = compute_platform(
    find_runtime("python3.11", RUNTIMES, where=WHERE), Architecture.ARM64
)


def project(
    name: str,
    *files: str,
    version: str = "1.0",
    requires: Sequence[str] = (),
    requires_python: str | None = None,
) -> dict[str, Any]:
    """A locked project, by default with one wheel for all platforms."""
    files = files or (f"{name}-{version}-py3-none-any.whl",)
    return {
        "project_name": name,
        "version": version,
        "requires_dists": list(requires),
        "requires_python": requires_python,
        "artifacts": [{"url": f"https://index.invalid/files/{file}"} for file in files],
    }


def locked(*projects: dict[str, Any]) -> Lockfile:
    document = {"locked_resolves": [{"locked_requirements": list(projects)}]}
    return read_lockfile(document, path="3rdparty/python/default.lock", resolve="default")


def names_reached(lock: Lockfile, *requirements: str) -> list[str]:
    return [each.name for each in find_reachable(lock, requirements, PYTHON311_ARM64)]


def refusal(lock: Lockfile, *requirements: str) -> str:
    with pytest.raises(NoWheelForPlatform) as caught:
        check(lock, *requirements)
    return str(caught.value)


def check(lock: Lockfile, *requirements: str) -> None:
    check_wheels(
        lock,
        requirements,
        PYTHON311_ARM64,
        platform_name="python3.11 on arm64 (glibc 2.26)",
        where=WHERE,
    )


def test_projects_are_read_by_normalized_name() -> None:
    """A project has a version, file names without their URLs, and requirements."""
    lock = locked(
        project(
            "Foo.Bar",
            "foo_bar-1.0+cpu-py3-none-any.whl".replace("+", "%2B"),
            "foo_bar-1.0.tar.gz#egg=foo",
            requires=["click>=8"],
            requires_python=">=3.9",
        )
    )
    found = lock.projects["foo-bar"]

    assert (found.name, found.version) == ("foo-bar", "1.0")
    assert found.wheels == ("foo_bar-1.0+cpu-py3-none-any.whl",)
    assert found.has_sdist
    assert found.requires == ("click>=8",)
    assert found.requires_python == ">=3.9"


@pytest.mark.parametrize("document", [{}, {"locked_resolves": []}, {"locked_resolves": [{}]}])
def test_empty_lockfile_has_no_projects(document: dict[str, Any]) -> None:
    """A resolve without requirements has a lockfile as well."""
    assert read_lockfile(document, path="default.lock", resolve="default").projects == {}


def test_requirements_are_found_transitively() -> None:
    """Each needed project is returned once, sorted by name."""
    lock = locked(
        project("b", requires=["C==1.0"]),
        project("a", requires=["b", "c"]),
        project("c"),
        project("unneeded"),
    )

    assert names_reached(lock, "a") == ["a", "b", "c"]
    assert names_reached(lock, "B>=1") == ["b", "c"]
    assert names_reached(lock) == []


def test_cycle_of_requirements_ends() -> None:
    """Projects can require each other."""
    lock = locked(
        project("a", requires=["b"]), project("b", requires=["a[x]"]), project("c", requires=["c"])
    )

    assert names_reached(lock, "a", "c") == ["a", "b", "c"]


def test_extras_add_their_requirements() -> None:
    """They are added only if a requirement asks for the extra, in any order."""
    lock = locked(
        project(
            "requests", requires=["idna", 'pysocks; extra == "socks"', 'chardet; extra == "old"']
        ),
        project("client", requires=["requests[socks]"]),
        project("idna"),
        project("pysocks"),
        project("chardet"),
    )

    assert names_reached(lock, "requests") == ["idna", "requests"]
    assert names_reached(lock, "requests[socks]") == ["idna", "pysocks", "requests"]
    assert names_reached(lock, "requests", "client") == ["client", "idna", "pysocks", "requests"]
    assert names_reached(lock, "requests[socks,old]") == ["chardet", "idna", "pysocks", "requests"]


@pytest.mark.parametrize("asked", ["query_lang", "query-lang", "Query.Lang"])
@pytest.mark.parametrize(
    "marker",
    [
        'extra == "query_lang"',
        'extra == "query-lang"',
        '"Query-Lang" == extra and sys_platform == "linux"',
    ],
)
def test_extras_are_normalized(asked: str, marker: str) -> None:
    """The names of extras are compared like the names of projects."""
    lock = locked(project("tool", requires=[f"parser; {marker}"]), project("parser"))

    assert names_reached(lock, f"tool[{asked}]") == ["parser", "tool"]
    assert names_reached(lock, "tool[query]") == ["tool"]
    assert names_reached(lock, f"tool[{asked}]; extra == 'other'") == []


def test_extra_can_require_another_extra() -> None:
    """Many projects have an extra for all of their extras."""
    lock = locked(
        project("a", requires=['a[one]; extra == "all"', 'b; extra == "one"']), project("b")
    )

    assert names_reached(lock, "a[all]") == ["a", "b"]


@pytest.mark.parametrize(
    ("marker", "is_needed"),
    [
        ('sys_platform == "linux"', True),
        ('sys_platform == "win32"', False),
        ('platform_machine == "aarch64"', True),
        ('platform_machine == "x86_64"', False),
        ('python_version < "3.11"', False),
        ('python_full_version >= "3.11.1"', True),
        ('extra == "never"', False),
        ('extra == "never" or os_name == "posix"', True),
    ],
)
def test_markers_are_evaluated_for_the_platform(marker: str, is_needed: bool) -> None:
    """This holds for requirements of the target and of projects."""
    lock = locked(project("a", requires=[f"b; {marker}"]), project("b"))

    assert names_reached(lock, "a") == (["a", "b"] if is_needed else ["a"])
    assert names_reached(lock, f"b; {marker}") == (["b"] if is_needed else [])


@pytest.mark.parametrize("text", ["unlocked", "not a requirement", "", "a @ https://x.invalid/a"])
def test_unknown_requirements_are_skipped(text: str) -> None:
    """Other checks, or PEX itself, report them."""
    assert names_reached(locked(project("b")), text, "b") == ["b"]


def test_project_with_a_wheel_passes() -> None:
    """One wheel is enough: for the exact tag, the stable ABI, or pure Python."""
    check(
        locked(
            project("pure"),
            project("both", "both-1.0-py2.py3-none-any.whl", "both-1.0.tar.gz"),
            project(
                "native",
                "native-1.0-cp313-cp313-manylinux_2_34_x86_64.whl",
                "native-1.0-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
            ),
            project("stable", "stable-1.0-cp38-abi3-manylinux_2_26_aarch64.whl"),
        ),
        "pure",
        "both",
        "native",
        "stable",
    )


def test_project_with_only_an_sdist_passes() -> None:
    """PEX can build it if it is pure Python."""
    check(locked(project("source", "source-1.0.tar.gz", requires_python=">=3.8")), "source")


def test_project_that_is_not_needed_passes() -> None:
    """A lockfile is for many targets, which need different projects."""
    check(locked(project("a"), project("win", "win-1.0-cp311-cp311-win_amd64.whl")), "a")


def test_wheel_with_an_old_file_name_is_ignored() -> None:
    """File names that are no longer valid match no platform, and are no error."""
    check(
        locked(
            project("odd", "odd-2004d.x-py2.3-none-any.whl", "odd-1.0-py3-none-any.whl"),
            project("short", "short.whl", "short-1.0-py3-none-any.whl"),
        ),
        "odd",
        "short",
    )


def test_error_lists_all_projects_without_a_wheel() -> None:
    """Each has the most similar wheels and its sdist; the fix has a command to paste."""
    lock = locked(
        project("app", requires=["cryptography", "numpy", "polars", "ruamel.yaml", "sdist"]),
        project(
            "cryptography",
            "cryptography-45.0-cp311-abi3-manylinux_2_28_aarch64.whl",
            "cryptography-45.0-cp311-abi3-manylinux_2_34_aarch64.whl",
            "cryptography-45.0-cp311-abi3-manylinux_2_34_x86_64.whl",
            "cryptography-45.0.tar.gz",
            version="45.0",
        ),
        project(
            "numpy",
            "numpy-2.3-cp312-cp312-manylinux_2_17_aarch64.whl",
            "numpy-2.3-cp313-cp313t-manylinux_2_17_aarch64.whl",
            version="2.3",
        ),
        project(
            "polars",
            "polars-1.9-cp39-abi3-macosx_11_0_arm64.whl",
            "polars-1.9-cp39-abi3-win_amd64.whl",
            version="1.9",
        ),
        project("ruamel.yaml", version="0.19", requires_python=">=3.12"),
        project("sdist", "sdist-1.0.tar.gz"),
    )

    assert refusal(lock, "app") == dedent("""
        Distributions of the `lambda_function` target src/api:fn have no wheel for its platform.

          the platform  python3.11 on arm64 (glibc 2.26)
          the lockfile  3rdparty/python/default.lock

          cryptography 45.0
            its wheels need  manylinux_2_28_aarch64, manylinux_2_34_aarch64
            an sdist         exists, but its native code would be built for this machine
          numpy 2.3
            its wheels need  cp312-cp312, cp313-cp313t
            an sdist         does not exist
          polars 1.9
            its wheels need  macosx_11_0_arm64, win_amd64
            an sdist         does not exist
          ruamel-yaml 0.19
            needs     Python >=3.12
            an sdist  does not exist

        All targets of the resolve get the locked version of a project, and native code that is built from an sdist on this machine would not run in Lambda.

        To fix, lock versions that have such a wheel (often several releases back), use a newer runtime, or give this target its own resolve. To exclude the locked versions, add to the requirements:

          "cryptography!=45.0" "numpy!=2.3" "polars!=1.9" "ruamel-yaml!=0.19"

        Then run `pants generate-lockfiles --resolve=default`.
        """).strip()


@pytest.mark.parametrize(
    ("requires_python", "fits"),
    [
        ("", True),
        (">=3.9", True),
        ("<3.12", True),
        (">=3.12", False),
        ("<3.11", False),
        ("==3.11.*", True),
        ("nonsense", True),
    ],
)
def test_project_for_other_pythons_is_refused(requires_python: str, fits: bool) -> None:
    """A resolve may allow versions of Python that a project does not support."""
    lock = locked(project("a", requires_python=requires_python))

    if fits:
        check(lock, "a")
    else:
        assert f"needs     Python {requires_python}" in refusal(lock, "a")


@pytest.mark.parametrize(
    ("constraints", "fits"),
    [
        ((), True),
        (("CPython==3.11.*",), True),
        (("CPython==3.11.9",), True),
        (("CPython==3.10.4", "CPython>=3.11.2,<3.11.5"), True),
        (("CPython>3.11.14",), True),
        (("CPython>=3.9,!=3.11.*",), False),
        (("CPython<3.11",), False),
        (("CPython==3.10.4", "CPython>=3.12"), False),
    ],
)
def test_python_versions_of_a_lockfile(constraints: tuple[str, ...], fits: bool) -> None:
    """A lockfile is accepted if it allows any patch release of the platform's Python."""
    lock = replace(locked(), requires_python=constraints)

    with nullcontext() if fits else pytest.raises(LockForAnotherPython):
        check_python(lock, PYTHON311_ARM64, platform_name="python3.11 on arm64", where=WHERE)


def test_wheel_not_in_the_lockfile_was_built_here() -> None:
    """PEX gives a wheel that it builds from an sdist a name of its own."""
    lock = locked(project("a", "a-1.0.tar.gz"), project("b", "b-1.0-py3-none-any.whl"))

    assert is_built_from_source("a-1.0-py3-none-any.whl", lock)
    assert not is_built_from_source("b-1.0-py3-none-any.whl", lock)


@pytest.mark.parametrize(
    ("file_name", "native"),
    [
        ("a-1.0-py3-none-any.whl", False),
        ("a-1.0-1-py2.py3-none-any.whl", False),
        ("a-1.0-cp311-cp311-linux_x86_64.whl", True),
        ("a-1.0-py3-none-manylinux2014_x86_64.whl", True),
    ],
)
def test_native_wheel_is_recognized_by_its_name(file_name: str, native: bool) -> None:
    """Only wheels for any platform are pure."""
    assert is_native_wheel(file_name) is native


@pytest.mark.parametrize(
    ("wheels", "native"),
    [
        (["dep-1.0-py3-none-any.whl"], False),
        (["dep-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"], True),
        (["dep-1.0-py3-none-any.whl", "dep-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"], True),
        (["dep-1.0-py3-none-any.whl", "dep-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"], False),
        (["dep-1.0-py3-none-any.whl", "dep-1.0-cp312-cp312-manylinux_2_17_aarch64.whl"], False),
    ],
)
def test_lockfile_has_a_native_wheel_for_the_platform(wheels: Sequence[str], native: bool) -> None:
    """PEX prefers native wheels for the platform; provided projects do not count."""
    lock = locked(project("app", requires=["dep"]), project("dep", *wheels))

    assert has_native_wheel(lock, ["app"], PYTHON311_ARM64) is native
    assert not has_native_wheel(lock, ["app"], PYTHON311_ARM64, provided=frozenset({"dep"}))


def test_locked_resolves_are_merged() -> None:
    """A project has the wheels of all platforms; a project with two versions is left to PEX."""

    def resolve(**wheels: str) -> dict[str, object]:
        return {
            "locked_requirements": [
                {
                    "project_name": name,
                    "version": wheel.split("-")[1],
                    "artifacts": [{"url": f"file:///{wheel}"}],
                }
                for name, wheel in wheels.items()
            ]
        }

    lock = read_lockfile(
        {
            "locked_resolves": [
                resolve(one="one-1.0-a.whl", two="two-1.0-a.whl"),
                resolve(one="one-1.0-b.whl", two="two-2.0-b.whl"),
            ]
        },
        path="the.lock",
        resolve="the",
    )

    assert {name: each.wheels for name, each in lock.projects.items()} == {
        "one": ("one-1.0-a.whl", "one-1.0-b.whl")
    }


GRAPH_NAMES = tuple("abcdefg")
graphs = st.dictionaries(
    st.sampled_from(GRAPH_NAMES), st.sets(st.sampled_from(GRAPH_NAMES)), min_size=len(GRAPH_NAMES)
)
some_names = st.sets(st.sampled_from(GRAPH_NAMES))


@given(graphs, some_names, some_names)
def test_provided_projects_are_left_out(
    graph: dict[str, set[str]], roots: set[str], provided: set[str]
) -> None:
    """A needed project is left out if it is provided, or if only provided projects require it."""
    lock = Lockfile(
        "the.lock",
        "the",
        {
            name: LockedProject(name, "1.0", (), True, tuple(sorted(needs)), "")
            for name, needs in graph.items()
        },
    )

    whole = {each.name for each in find_reachable(lock, roots, PYTHON311_ARM64)}
    kept = {
        each.name
        for each in find_reachable(lock, roots, PYTHON311_ARM64, provided=frozenset(provided))
    }

    assert kept <= whole
    assert not kept & provided
    needed_by_kept = roots.union(*(graph[name] for name in kept))
    assert kept == (needed_by_kept & graph.keys()) - provided
