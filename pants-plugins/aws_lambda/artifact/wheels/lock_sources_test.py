"""Test how the locks of other tools are read."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.lock_sources import (
    InvalidLockSource,
    LockSource,
    LockTool,
    SourcePin,
    check_resolve_exists,
    constraint_commands,
    is_toml,
    read_text_lock,
    read_toml_lock,
)

WHERE = Where("lambda_function", "src/api:fn")
PYTHON311_ARM64 = compute_platform(
    find_runtime("python3.11", RUNTIMES, where=WHERE), Architecture.ARM64
)
REGISTRY = {"registry": "https://index.invalid/simple"}


def read_text(content: str, path: str = "requirements.txt") -> LockSource:
    return read_text_lock(path, dedent(content), option=f"default = {path}")


def read_toml(document: dict[str, Any], path: str = "uv.lock") -> LockSource:
    return read_toml_lock(path, document, option=f"default = {path}")


def applies(pin: SourcePin) -> bool:
    return pin.may_apply(PYTHON311_ARM64)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('version = 1\n\n[[package]]\nname = "idna"\n', True),
        ("[metadata] # comment\n", True),
        ("idna==3.10\n    # via requests\n", False),
        ("requests[socks]==2.32.3 ; python_version >= '3.9'\n", False),
        ('{"_meta": {"sources": []}}\n', False),
        ('{\n    "default": [\n        "a"\n    ]\n}\n', False),
    ],
)
def test_toml_is_detected_by_table_headers(content: str, expected: bool) -> None:
    """A line of a requirements file or of a JSON document is no header of a TOML table."""
    assert is_toml(content) is expected


def test_uv_lock_with_forks_and_other_sources() -> None:
    """Each version has the markers of its forks. Code that no index has keeps its origin."""
    lock = read_toml(
        {
            "version": 1,
            "package": [
                {"name": "app", "version": "0.1.0", "source": {"virtual": "."}},
                {
                    "name": "NumPy",
                    "version": "1.26.4",
                    "source": REGISTRY,
                    "resolution-markers": ["python_full_version < '3.12'"],
                },
                {
                    "name": "numpy",
                    "version": "2.3.0",
                    "source": REGISTRY,
                    "resolution-markers": ["python_full_version >= '3.12'"],
                },
                {"name": "tool", "version": "1.0", "source": {"git": "https://git.invalid/t#1f"}},
            ],
        }
    )

    assert lock.tool is LockTool.UV
    assert lock.pins == (
        SourcePin("app", "0.1.0", origin="virtual ."),
        SourcePin("numpy", "1.26.4", ("python_full_version < '3.12'",)),
        SourcePin("numpy", "2.3.0", ("python_full_version >= '3.12'",)),
        SourcePin("tool", "1.0", origin="git https://git.invalid/t#1f"),
    )
    assert [pin.version for pin in lock.pins if applies(pin)] == ["0.1.0", "1.26.4", "1.0"]


def test_poetry_lock_with_groups_and_markers() -> None:
    """A marker applies to the groups that have it. A group without one always needs the package."""
    windows = 'sys_platform == "win32"'
    lock = read_toml(
        {
            "package": [
                {"name": "a", "version": "1", "python-versions": ">=3.8", "groups": ["main"]},
                {"name": "b", "version": "1", "python-versions": ">=3.12"},
                {"name": "c", "version": "1", "groups": ["main"], "markers": windows},
                {
                    "name": "d",
                    "version": "1",
                    "groups": ["main", "dev"],
                    "markers": {"dev": windows},
                },
                {
                    "name": "e",
                    "version": "1",
                    "groups": ["dev"],
                    "markers": {"dev": windows},
                    "source": {"type": "git", "url": "https://git.invalid/e"},
                },
                {"name": "f", "version": "1", "markers": 'extra == "f"', "python-versions": "*"},
            ],
            "metadata": {"lock-version": "2.1"},
        },
        "poetry.lock",
    )

    assert lock.tool is LockTool.POETRY
    assert [pin.name for pin in lock.pins if applies(pin)] == ["a", "d", "f"]
    assert [pin.origin for pin in lock.pins if pin.origin] == ["git https://git.invalid/e"]


def test_pylock() -> None:
    """Markers of PEP 751 that `packaging` 21.3 cannot parse count as true."""
    lock = read_toml(
        {
            "lock-version": "1.0",
            "created-by": "pip",
            "packages": [
                {"name": "a", "version": "1", "marker": "'x' in extras", "index": "https://i"},
                {"name": "b", "version": "1", "requires-python": ">=3.12"},
                {"name": "c", "directory": {"path": "lib/c", "editable": True}},
                {"name": "d", "version": "1", "vcs": {"type": "git", "url": "https://git.invalid"}},
            ],
        },
        "pylock.toml",
    )

    assert lock.tool is LockTool.PYLOCK
    assert [pin.name for pin in lock.pins if applies(pin)] == ["a", "c", "d"]
    assert [pin.origin for pin in lock.pins] == [
        "",
        "",
        "directory lib/c",
        "git https://git.invalid",
    ]


def test_requirements_file() -> None:
    """Hashes, comments, extras and options are no part of a pin."""
    lock = read_text("""\
        # This file is autogenerated by pip-compile with Python 3.13
        --index-url https://index.invalid/simple
        idna==3.10 \\
            --hash=sha256:aaaa \\
            --hash=sha256:bbbb
            # via requests
        requests[socks]==2.32.3  # via -r requirements.in
        colorama==0.4.6 ; sys_platform == "win32" --hash=sha256:cccc
        urllib3>=2
        tool @ git+https://git.invalid/tool@1f
        -e .
        ./lib
        git+https://git.invalid/old#egg=old
        -r other.txt
        """)

    assert lock.pins == (
        SourcePin("colorama", "0.4.6", ('sys_platform == "win32"',)),
        SourcePin("idna", "3.10"),
        SourcePin("requests", "2.32.3"),
        SourcePin("tool", "", origin="url git+https://git.invalid/tool@1f"),
        SourcePin("urllib3", ""),
    )
    assert lock.unread == ("-r other.txt",)


def test_pipfile_lock() -> None:
    """The section `default` wins over `develop`."""
    lock = read_text(
        """\
        {
          "_meta": {"hash": {}, "pipfile-spec": 6, "requires": {}},
          "default": {
            "idna": {"version": "==3.10", "markers": "python_version >= '3.6'"},
            "tool": {"git": "https://git.invalid/tool", "ref": "1f"}
          },
          "develop": {"idna": {"version": "==3.7"}, "pytest": {"version": "==8.3.4"}}
        }
        """,
        "Pipfile.lock",
    )

    assert lock.tool is LockTool.PIPENV
    assert lock.pins == (
        SourcePin("idna", "3.10", ("python_version >= '3.6'",)),
        SourcePin("pytest", "8.3.4"),
        SourcePin("tool", "", origin="git https://git.invalid/tool"),
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("requests>=2\n", "no line pins a version with `==`"),
        ("{}", "JSON, but not a Pipfile.lock"),
        (
            "{",
            "not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_text_that_is_no_lock(content: str, problem: str) -> None:
    """The message names the entry of the option, the file and the problem."""
    with pytest.raises(InvalidLockSource) as caught:
        read_text(content)

    assert str(caught.value) == (
        "`[aws-lambda].lock_sources` names a file that cannot be read as a lock.\n\n"
        "  lock_sources      default = requirements.txt\n"
        f"  requirements.txt  {problem}\n\n"
        "To fix, name a uv.lock, poetry.lock, pylock.toml, Pipfile.lock, or a requirements file "
        "with pinned versions."
    )


def test_toml_that_is_no_lock() -> None:
    """A `pyproject.toml` declares dependencies, and pins none."""
    with pytest.raises(InvalidLockSource, match="TOML, but not uv.lock, poetry.lock or pylock"):
        read_toml({"project": {"name": "app"}}, "pyproject.toml")


def test_resolve_that_does_not_exist() -> None:
    """The message lists the resolves that exist."""
    with pytest.raises(InvalidLockSource) as caught:
        check_resolve_exists("pants-default", "uv.lock", ["python-default", "tools"])

    assert str(caught.value) == (
        "`[aws-lambda].lock_sources` names a resolve that does not exist.\n\n"
        "  lock_sources       pants-default = uv.lock\n"
        "  [python].resolves  python-default, tools\n\n"
        "To fix, name a resolve of `[python].resolves`."
    )


@pytest.mark.parametrize(
    ("tool", "path", "command"),
    [
        (
            LockTool.UV,
            "services/api/uv.lock",
            "uv export --project services/api --frozen --all-packages --all-extras --all-groups "
            "--no-hashes --no-annotate --no-header --no-emit-local --output-file c.txt",
        ),
        (
            LockTool.POETRY,
            "poetry.lock",
            "poetry export --format constraints.txt --all-extras --all-groups --without-hashes "
            "--without-urls --output c.txt",
        ),
        (
            LockTool.REQUIREMENTS,
            "requirements.txt",
            r"sed -E 's/ +(#|--hash|\\).*//; s/^([A-Za-z0-9._-]+)\[[^]]*\]/\1/; /^(#|-|\.|$)/d' "
            "requirements.txt > c.txt",
        ),
    ],
)
def test_commands_of_a_tool(tool: LockTool, path: str, command: str) -> None:
    """The first command writes the constraints, and the second one locks the resolve."""
    commands = constraint_commands(
        LockSource(path, tool, ()), resolve="python-default", constraints="c.txt"
    )

    assert commands == (command, "pants generate-lockfiles --resolve=python-default")
