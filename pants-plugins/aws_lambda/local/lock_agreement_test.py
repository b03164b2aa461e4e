"""Test how `check` compares lockfiles with the locks of other tools."""

from __future__ import annotations

from textwrap import dedent

import pytest

from aws_lambda.testing.app_files import HANDLER_FIELD, function_files
from aws_lambda.testing.repository import TrialRepository

UV_LOCK = """\
version = 1
requires-python = ">=3.13"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "six" },
]

[[package]]
name = "six"
version = "1.17.0"
source = { registry = "https://index.invalid/simple" }
"""


@pytest.fixture
def locked(repository: TrialRepository) -> TrialRepository:
    """A function whose resolve has six 1.16.0."""
    repository.add_wheel("six==1.16.0", {"six.py": ""})
    repository.lock("six==1.16.0")
    repository.write(function_files(f'{HANDLER_FIELD}, runtime="python3.13"'))
    return repository


def name_source(repository: TrialRepository, path: str, resolve: str = "default") -> None:
    repository.set_options(f"--aws-lambda-lock-sources={{'{resolve}': '{path}'}}")


def check(repository: TrialRepository) -> list[tuple[int, str]]:
    """The exit code and the output of each result, without the line about the function."""
    results = repository.check_results("fn", "src/app").results
    assert results[0].stdout == "1 function started."
    return [(each.exit_code, each.stdout + each.stderr) for each in results[1:]]


def test_lockfile_and_requirements_that_agree(locked: TrialRepository) -> None:
    """Nothing is compared without the option, and a line reports that versions are equal."""
    assert check(locked) == []

    locked.write({"src/requirements.txt": "six==1.16.0 \\\n    --hash=sha256:aaaa\n"})
    name_source(locked, "src/requirements.txt")
    assert check(locked) == [
        (
            0,
            "The lockfile of the resolve `default` has the versions of src/requirements.txt: "
            "1 distribution.",
        )
    ]


def test_lockfile_and_uv_lock_that_differ(locked: TrialRepository) -> None:
    """A TOML file is parsed in a sandbox, and different versions fail `check`."""
    locked.write({"src/uv.lock": UV_LOCK})
    name_source(locked, "src/uv.lock")

    assert check(locked) == [
        (
            1,
            dedent("""\
                The lockfile of the resolve `default` has other versions than its source.

                  the lockfile  default.lock
                  the source    src/uv.lock

                  distribution  source  lockfile
                  six           1.17.0  1.16.0

                Artifacts contain the versions of the lockfile.

                To fix, run these commands, which lock the versions of the source:

                  uv export --project src --frozen --all-packages --all-extras --all-groups --no-hashes --no-annotate --no-header --no-emit-local --output-file 3rdparty/python/default.constraints.txt
                  pants generate-lockfiles --resolve=default

                Before that, name the constraints file in pants.toml:

                  [python.resolves_to_constraints_file]
                  default = "3rdparty/python/default.constraints.txt\""""),
        )
    ]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("src/missing.lock", "does not exist, or Pants ignores it"),
        ("../uv.lock", "not a path from the root of the repository"),
        ("src/broken.lock", "not valid TOML: "),
    ],
)
def test_source_that_cannot_be_read(locked: TrialRepository, path: str, problem: str) -> None:
    """The error is a result of `check`, and does not hide the other results."""
    locked.write({"src/broken.lock": "[package]\n[[package\n"})
    name_source(locked, path)

    ((exit_code, said),) = check(locked)

    assert exit_code == 1
    assert said.startswith("`[aws-lambda].lock_sources` names a file that cannot be read as a lock")
    assert problem in said


def test_source_of_a_resolve_that_does_not_exist(locked: TrialRepository) -> None:
    """A typing error in the option would otherwise compare nothing."""
    name_source(locked, "uv.lock", "defualt")

    ((exit_code, said),) = check(locked)

    assert exit_code == 1
    assert "  lock_sources       defualt = uv.lock\n" in said
