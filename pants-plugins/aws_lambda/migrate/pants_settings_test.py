"""Settings for pants.toml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aws_lambda.migrate.pants_settings import (
    PantsSettings,
    constraint,
    describe_kept,
    root_patterns,
    without_inner_roots,
)
from aws_lambda.testing.program_runs import import_program

_PROGRAM = import_program("edit_toml.py")
_SETTINGS = PantsSettings(
    source_roots=("src/a", "src/b"),
    folders=frozenset({"src", "src/a", "src/b"}),
    by_source_root=True,
    resolves=("python-default", "other"),
    pythons=(12, 13),
    default_architecture="arm64",
    merged_requirements=True,
)


@pytest.mark.parametrize(
    ("roots", "others", "patterns"),
    [
        (["src/a", "src/b"], ["src"], ["/src/*"]),
        (["src/a", "src/b"], ["src", "src/c"], ["/src/a", "/src/b"]),
        (["a/f/x", "a/f/y", "b/f/x", "c"], ["a", "a/f", "b", "b/f"], ["/*/f/*", "/c"]),
        (["s/a/f/x", "s/b/f/y"], ["s/c/g/x"], ["/s/*/f/*"]),
        (["."], ["a"], ["/"]),
        (["a", "b"], ["c"], ["/a", "/b"]),
    ],
)
def test_patterns_match_only_source_roots(
    roots: list[str], others: list[str], patterns: list[str]
) -> None:
    """Siblings share a pattern unless it matches another folder with Python files."""
    assert root_patterns(roots, [*roots, *others]) == patterns


def test_pattern_inside_of_a_source_root() -> None:
    """Pants must not find a source root inside of a function's. Other projects keep theirs."""
    folders = {"a", "a/src", "libs", "libs/src", "libs/src/money", "tools", "tools/src", "x"}
    settings = PantsSettings(source_roots=("a", "libs/src"), folders=frozenset(folders))

    changed = without_inner_roots(settings, ["/", "src", "src/python", "/x"])

    assert changed.removed_patterns == ("src",)
    assert changed.source_roots == ("a", "libs/src", "tools/src")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'root_patterns.add = ["/a"]\nroot_patterns.remove = ["src"]\n'),
        ('root_patterns = ["/", "src"]\n', 'root_patterns = ["/", "/a"]\n'),
        (
            'root_patterns.add = ["/b"]\n',
            'root_patterns.add = ["/b", "/a"]\nroot_patterns.remove = ["src"]\n',
        ),
    ],
)
def test_removed_pattern(before: str, after: str, tmp_path: Path) -> None:
    """A pattern leaves the list of the file, or the list of Pants. A second edit changes nothing."""
    settings = PantsSettings(
        source_roots=("a",), folders=frozenset({"a", "a/src"}), removed_patterns=("src",)
    )
    edits = [each for each in settings.edits(new=False) if each[0] == "source"]

    for text in (f"[source]\n{before}", f"[source]\n{after}"):
        (tmp_path / "pants.toml").write_text(text)
        (tmp_path / "edits.json").write_text(json.dumps(edits))
        edited = _PROGRAM.main(str(tmp_path / "pants.toml"), str(tmp_path / "edits.json"))
        lines = edited["text"].splitlines(keepends=True)
        assert "".join(each for each in lines if each[0] not in "#[") == after
        assert edited["kept"] == []


def test_constraint_of_several_pythons() -> None:
    """The range has no gaps, since a resolve has one lockfile."""
    assert [constraint([13]), constraint([11, 13])] == ["CPython==3.13.*", "CPython>=3.11,<3.14"]


def _edit(text: str, folder: Path) -> tuple[str, tuple[str, ...]]:
    edits = _SETTINGS.edits(new=not text)
    (folder / "pants.toml").write_text(text)
    (folder / "edits.json").write_text(json.dumps(edits))
    edited = _PROGRAM.main(str(folder / "pants.toml"), str(folder / "edits.json"))
    return edited["text"], describe_kept(edited["kept"], edits)


def test_new_file(tmp_path: Path) -> None:
    """The file has every setting, and a second edit changes nothing."""
    text, notes = _edit("", tmp_path)

    assert notes == ()
    assert text == """\
[GLOBAL]
backend_packages = ["aws_lambda", "pants.backend.python"]

[source]
# The folders that functions import modules from.
root_patterns = ["/src/*"]

[python]
enable_resolves = true
interpreter_constraints = ["CPython>=3.12,<3.14"]
interpreter_versions_universe = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
# 3rdparty/python contains the requirements of all functions.
tailor_requirements_targets = false

[python.resolves]
python-default = "3rdparty/python/python-default.lock"
other = "3rdparty/python/other.lock"

[python-infer]
# Functions have modules of the same names. Each imports its own.
ambiguity_resolution = "by_source_root"

[aws-lambda]
default_architecture = "arm64"
"""
    assert _edit(text, tmp_path) == (text, ())


def test_existing_file(tmp_path: Path) -> None:
    """Comments, order and other values stay. Lists get items, and notes name what differs.

    tomlkit cannot add a comment to a table whose parts are in several places.
    """
    text, notes = _edit(
        """\
# Ours
[python]
enable_resolves = true  # since 2023
interpreter_constraints = ["CPython==3.11.*"]

[GLOBAL]
backend_packages = [
  "pants.backend.python",
  "pants.backend.docker",  # images
]

[source]
root_patterns = ["/lib"]

[python.resolves]
python-default = "locks/default.lock"
""",
        tmp_path,
    )

    assert text == """\
# Ours
[python]
enable_resolves = true  # since 2023
interpreter_constraints = ["CPython==3.11.*"]
interpreter_versions_universe = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
tailor_requirements_targets = false

[GLOBAL]
backend_packages = [
  "pants.backend.python",
  "pants.backend.docker",  # images
  "aws_lambda",
]

[source]
root_patterns = ["/lib", "/src/*"]

[python.resolves]
python-default = "locks/default.lock"
other = "3rdparty/python/other.lock"

[python-infer]
# Functions have modules of the same names. Each imports its own.
ambiguity_resolution = "by_source_root"

[aws-lambda]
default_architecture = "arm64"
"""
    assert notes == (
        "`[python].interpreter_constraints` is ['CPython==3.11.*'] and was kept. The functions "
        "need ['CPython>=3.12,<3.14'].",
    )
    assert _edit(text, tmp_path) == (text, notes)
