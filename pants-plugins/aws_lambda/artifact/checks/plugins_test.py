"""Which locked projects are plug-ins that a function lacks (L027)."""

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
    """A locked project; without wheels named, it has one that fits everywhere."""
    files = wheels or (f"{name}-1.0-py3-none-any.whl",)
    return LockedProject(name, "1.0", files, False, tuple(requires), requires_python)


def locked(*projects: LockedProject) -> Lockfile:
    return Lockfile("default.lock", "default", {each.name: each for each in projects})


def declared(name: str, target: str = "3rdparty") -> DeclaredRequirement:
    return DeclaredRequirement(f"{target}:{name}", name, (name,))


def spares(*projects: LockedProject, taken: Sequence[str] = ()) -> tuple[UnusedProject, ...]:
    requirements = [declared(each.name) for each in projects]
    return find_unused_projects(locked(*projects), requirements, taken, PLATFORM)


def plugin(*requires: str) -> UnusedProject:
    [found] = spares(project("plugin", requires=requires))
    return found


def test_what_a_function_could_have_and_does_not() -> None:
    """A locked project that a target declares, unless the function has it already."""
    found = spares(project("host"), project("plugin"), taken=["host"])

    assert [str(each) for each in found] == ["plugin 1.0"]


def test_what_a_function_cannot_have() -> None:
    """A project that is not locked, or that has no wheel for the platform, is nothing to add."""
    for_windows = project("windows", "windows-1.0-cp313-cp313-win_amd64.whl")
    for_later = project("later", requires_python=">=3.14")

    assert spares(for_windows, for_later) == ()
    assert find_unused_projects(locked(), [declared("plugin")], [], PLATFORM) == ()


def test_a_project_that_two_targets_declare() -> None:
    """It is told once, with the first address."""
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
def test_who_may_be_a_plug_in(requires: Sequence[str], wheel: str, is_possible: bool) -> None:
    """It requires the host, be it for an extra, and has a wheel without native code."""
    found = spares(project("plugin", wheel, requires=requires))

    assert bool(select_possible_plugins(found, ["host"])) is is_possible


def test_entry_points_are_read_by_group() -> None:
    """Those of scripts are no plug-ins; what is no entry point is passed over."""
    text = "[console_scripts]\nrun = a:main\n\n[host.dialects]\n# no name\nb=a:B\na = a:A [extra]\n"
    report = {"texts": {"a-1.dist-info/entry_points.txt": text, "a.pth": "[host.dialects]\nc=a:C"}}

    assert parse_entry_point_groups(report) == {"host.dialects": ("a", "b")}
    assert parse_entry_point_groups({"unreadable": "no zip"}) == {}


def test_a_plug_in_that_carried_code_looks_for() -> None:
    """The message names the groups, some of the entry points, and who loads them."""
    groups = {"host.dialects": ["a", "b", "c", "d", "e"], "host.types": ["t"], "babel": ["x"]}
    readers = {"host.dialects": "host 1.0", "host.types": "types 2.0"}

    assert list(check_entry_points([(plugin(), groups)], readers)) == [
        Finding(
            "L027",
            "plugin",
            "plugin 1.0 is locked and not carried, and its entry points (`host.dialects`: a, b, c "
            "and 2 more; `host.types`: t) are plug-ins that host 1.0 and types 2.0 load by name.",
            FIX,
        )
    ]


def test_entry_points_that_nobody_looks_for() -> None:
    """What declares entry points for others, such as pytest's, is no plug-in of the function."""
    assert list(check_entry_points([(plugin(), {"pytest11": ["a"]})], {"host": "host 1.0"})) == []


def test_the_first_place_of_a_word() -> None:
    """The message has one place, whatever the order of the files."""
    facts = ModuleFacts(words=(("lxml", 2), ("orders", 1)))

    found = locate_words([("b.py", facts), ("a.py", ModuleFacts(words=(("lxml", 9),)))])
    assert found == {"lxml": ("a.py", 9), "orders": ("b.py", 1)}


def test_a_module_that_is_named_and_imported_on_demand() -> None:
    """The message says where it is named, who imports it, and what has it."""
    words = {"plugin": ("src/app/db.py", 3)}

    assert list(check_named_plugins([plugin()], words, {"plugin": "host 1.0"})) == [
        Finding(
            "L027",
            "plugin",
            "src/app/db.py:3 names `plugin`, which host 1.0 imports on demand from plugin 1.0, "
            "which is locked and not carried.",
            FIX,
        )
    ]


@pytest.mark.parametrize(
    ("words", "importers"),
    [({}, {"plugin": "host 1.0"}), ({"plugin": ("a.py", 1)}, {}), ({"a": ("a.py", 1)}, {"a": "a"})],
)
def test_a_module_that_is_only_named_or_only_imported(
    words: Mapping[str, tuple[str, int]], importers: Mapping[str, str]
) -> None:
    """An optional import alone, or a word alone, says nothing."""
    assert list(check_named_plugins([plugin()], words, importers)) == []
