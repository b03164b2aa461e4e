"""Tests of L027: plugins that are in the lockfile but not in the function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from aws_lambda.artifact.checks.plugins import (
    DeclaredRequirement,
    UnusedProject,
    check_entry_points,
    check_named_plugins,
    find_unused_projects,
    locate_words,
    parse_entry_point_groups,
    select_possible_plugins,
)
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.module_index import ModuleFacts
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.pex_lock import LockedProject, Lockfile

PLATFORM = compute_platform(
    find_runtime("python3.13", RUNTIMES, where=Where("lambda_function", "a:b")), Architecture.X86_64
)
FIX = 'add "3rdparty:plugin" to `dependencies` if the function uses it.'


def project(
    name: str, *wheels: str, requires: Sequence[str] = (), requires_python: str = ""
) -> LockedProject:
    """A locked project, by default with one wheel that fits every platform."""
    files = wheels or (f"{name}-1.0-py3-none-any.whl",)
    return LockedProject(name, "1.0", files, False, tuple(requires), requires_python)


def locked(*projects: LockedProject) -> Lockfile:
    return Lockfile("default.lock", "default", {each.name: each for each in projects})


def declared(name: str, target: str = "3rdparty") -> DeclaredRequirement:
    return DeclaredRequirement(f"{target}:{name}", name, (name,))


def unused(*projects: LockedProject, present: Sequence[str] = ()) -> tuple[UnusedProject, ...]:
    requirements = [declared(each.name) for each in projects]
    return find_unused_projects(locked(*projects), requirements, present, PLATFORM)


def plugin(*requires: str) -> UnusedProject:
    [found] = unused(project("plugin", requires=requires))
    return found


def test_unused_projects() -> None:
    """A locked project that a target declares is unused unless the function has it."""
    found = unused(project("host"), project("plugin"), present=["host"])

    assert [str(each) for each in found] == ["plugin 1.0"]


def test_projects_that_do_not_fit() -> None:
    """Projects that are not locked, or have no wheel for the platform, are skipped."""
    for_windows = project("windows", "windows-1.0-cp313-cp313-win_amd64.whl")
    for_later = project("later", requires_python=">=3.14")

    assert unused(for_windows, for_later) == ()
    assert find_unused_projects(locked(), [declared("plugin")], [], PLATFORM) == ()


def test_project_with_two_targets() -> None:
    """The project is found once, with the first address."""
    requirements = [declared("plugin", "b"), declared("plugin", "a")]
    found = find_unused_projects(locked(project("plugin")), requirements, [], PLATFORM)

    assert [each.declared.address for each in found] == ["a:plugin"]


@pytest.mark.parametrize(
    ("requires", "wheel", "is_possible"),
    [
        (["Host>=1"], "plugin-1.0-py3-none-any.whl", True),
        (["Host ; extra == 'host'"], "plugin-1.0-py3-none-any.whl", True),
        (["other"], "plugin-1.0-py3-none-any.whl", False),
        (["host"], "plugin-1.0-cp313-cp313-manylinux2014_x86_64.whl", False),
    ],
)
def test_possible_plugins(requires: Sequence[str], wheel: str, is_possible: bool) -> None:
    """A plugin requires its host, at least for an extra, and has a wheel without native code."""
    found = unused(project("plugin", wheel, requires=requires))

    assert bool(select_possible_plugins(found, ["host"])) is is_possible


def test_entry_points_by_group() -> None:
    """Groups of scripts and lines that are not entry points are skipped."""
    text = "[console_scripts]\nrun = a:main\n\n[host.dialects]\n# no name\nb=a:B\na = a:A [extra]\n"
    report = {"texts": {"a-1.dist-info/entry_points.txt": text, "a.pth": "[host.dialects]\nc=a:C"}}

    assert parse_entry_point_groups(report) == {"host.dialects": ("a", "b")}
    assert parse_entry_point_groups({"unreadable": "no zip"}) == {}


def test_plugin_with_entry_points() -> None:
    """The sentence has the groups, some entry points, and the distributions that load them."""
    groups = {"host.dialects": ["a", "b", "c", "d", "e"], "host.types": ["t"], "babel": ["x"]}
    readers = {"host.dialects": "host 1.0", "host.types": "types 2.0"}

    assert list(check_entry_points([(plugin(), groups)], readers)) == [
        Finding(
            "L027",
            "plugin",
            "plugin 1.0 is in the lockfile but not in the function, and its entry points "
            "(`host.dialects`: a, b, c and 2 more; `host.types`: t) are plugins that host 1.0 and "
            "types 2.0 load by name.",
            FIX,
        )
    ]


def test_entry_points_for_other_distributions() -> None:
    """Entry points in a group that the function does not load, such as pytest's, are skipped."""
    assert list(check_entry_points([(plugin(), {"pytest11": ["a"]})], {"host": "host 1.0"})) == []


def test_first_place_of_a_word() -> None:
    """The place does not depend on the order of the files."""
    facts = ModuleFacts(words=(("lxml", 2), ("orders", 1)))

    found = locate_words([("b.py", facts), ("a.py", ModuleFacts(words=(("lxml", 9),)))])
    assert found == {"lxml": ("a.py", 9), "orders": ("b.py", 1)}


def test_module_that_is_named_and_imported() -> None:
    """The sentence has the place of the name, the importing distribution, and the project."""
    words = {"plugin": ("src/app/db.py", 3)}

    assert list(check_named_plugins([plugin()], words, {"plugin": "host 1.0"})) == [
        Finding(
            "L027",
            "plugin",
            "src/app/db.py:3 names `plugin`, which host 1.0 imports on demand, and plugin 1.0 with "
            "this module is in the lockfile but not in the function.",
            FIX,
        )
    ]


@pytest.mark.parametrize(
    ("words", "importers"),
    [({}, {"plugin": "host 1.0"}), ({"plugin": ("a.py", 1)}, {}), ({"a": ("a.py", 1)}, {"a": "a"})],
)
def test_module_that_is_only_named_or_only_imported(
    words: Mapping[str, tuple[str, int]], importers: Mapping[str, str]
) -> None:
    """An optional import or a word alone gives no finding."""
    assert list(check_named_plugins([plugin()], words, importers)) == []
