"""The three ways to install the backend of docs/guides/installing.md, with real Pants.

`setup_test.py` tests the copied backend.
"""

from __future__ import annotations

import email.message
import email.parser
import shlex
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
import tomllib

from artifacts.mounted_artifacts import find_built
from bootstrap.users_repository import (
    create_repository,
    marked_snippets,
    replace_section,
    run_commands,
    run_official,
)
from trial_repository.machine import Machine
from trial_repository.pants_toml import ROOT

PAGE = "docs/guides/installing.md"
GUIDE = marked_snippets("docs/guides/getting-started.md")
PLUGINS = ROOT / "pants-plugins"
FILE_OF_A_WHEEL = "replaces [GLOBAL] of pants.toml, with the file of a wheel"
CHECKOUT = "/opt/pants-aws-lambda/pants-plugins"


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The wheel that `./pants package pants-plugins:dist` writes, with the name in the page."""
    toml = tomllib.loads(marked_snippets(PAGE)[FILE_OF_A_WHEEL])
    return find_built(toml["GLOBAL"]["plugins"][0].rpartition("/")[2])


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A repository with a function, its layer and a lockfile, but without any of our files."""
    machine = create_repository(tmp_path_factory.mktemp("users") / "repository")
    paths = ("src/hello/handler.py", "3rdparty/python/requirements.txt", "3rdparty/python/BUILD")
    machine.write({path: GUIDE[f"writes {path}"] for path in paths})
    build_file = marked_snippets("README.md")["rewrites src/hello/BUILD"]
    # A lockfile does not depend on the way in which the backend is installed.
    machine.write({"src/hello/BUILD": build_file, "pants.toml": pants_toml("with a path")})
    locked = run_official(machine, "generate-lockfiles")
    assert locked.code == 0, locked.err
    yield machine
    machine.stop_daemon()


def pants_toml(way: str) -> str:
    """The pants.toml of the guide, with the section [GLOBAL] of one way to install the backend."""
    section = marked_snippets(PAGE)[f"replaces [GLOBAL] of pants.toml, {way}"]
    toml = replace_section(GUIDE["writes pants.toml"], "GLOBAL", section)
    return toml.replace(CHECKOUT, str(PLUGINS))


def assert_builds_and_runs(machine: Machine) -> None:
    """Assert that Pants packages the function without the files of its layer, and runs both."""
    # With two goals, Pants does not accept arguments after `--`.
    run_args = shlex.quote('--event={"bytes": 1500000}')
    run = run_official(machine, "package", "run", f"--run-args={run_args}", "src/hello:fn")

    assert run.code == 0, run.err
    assert run.out == '{"size": "1.5 MB"}\n'
    with zipfile.ZipFile(machine.folder / "dist/src.hello/fn.zip") as archive:
        names = set(archive.namelist())
    assert {"lambda_function.py", "hello/handler.py"} <= names
    assert [name for name in names if "humanize" in name] == []


def test_path_outside_the_repository(users: Machine) -> None:
    """Pants imports the backend from a folder outside the repository."""
    assert not PLUGINS.is_relative_to(users.folder)
    users.write({"pants.toml": pants_toml("with a path")})

    assert_builds_and_runs(users)


def test_wheel_in_an_empty_repository(users: Machine, wheel: Path, tmp_path: Path) -> None:
    """The repository contains the wheel and a pants.toml, and no other file of ours."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / wheel.name).symlink_to(wheel)
    run_commands(users.folder, marked_snippets(PAGE)["copies the wheel"], clone=tmp_path)
    users.write({"pants.toml": pants_toml("with the file of a wheel")})

    assert_builds_and_runs(users)


def test_version_in_a_folder_of_wheels(users: Machine, wheel: Path) -> None:
    """Pants finds a pinned version in `[python-repos].find_links`."""
    (users.folder / "wheels").mkdir(exist_ok=True)
    (users.folder / "wheels" / wheel.name).write_bytes(wheel.read_bytes())
    find_links = marked_snippets(PAGE)["adds to pants.toml"]
    users.write({"pants.toml": f"{pants_toml('with a version')}\n{find_links}"})

    assert_builds_and_runs(users)


def test_wheel_contains_the_backend(wheel: Path) -> None:
    """The wheel has every file that the backend reads, without tests and their helpers."""
    found = {
        str(path.relative_to(PLUGINS))
        for package in PLUGINS.glob("aws_lambda*")
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not is_left_out(path.relative_to(PLUGINS))
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert names == found


def is_left_out(path: Path) -> bool:
    is_of_test = path.name.endswith("_test.py") or path.name == "conftest.py"
    is_for_readers = path.name in ("BUILD", "README.md")
    return is_of_test or is_for_readers or not {"testing", "tests"}.isdisjoint(path.parts)


def test_metadata_of_the_wheel(wheel: Path) -> None:
    """Any Python that runs Pants can install the wheel. It has the license, and no requirements."""
    metadata = read_metadata(wheel)

    assert metadata["Name"] == "pants-aws-lambda"
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata["License"] == "Apache-2.0"
    assert metadata.get_all("Requires-Dist") is None
    assert [key for key in metadata if key in ("Home-page", "Author", "Project-URL")] == []
    assert read_info(wheel, "LICENSE") == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_entry_points_of_the_wheel(wheel: Path) -> None:
    """Pants loads rules and targets through entry points. The emulator has a command."""
    parser = ConfigParser()
    parser.read_string(read_info(wheel, "entry_points.txt"))

    assert {name: dict(parser[name]) for name in parser.sections()} == {
        "console_scripts": {"aws-lambda-emulator": "aws_lambda_emulator.command:main"},
        "pantsbuild.plugin": {
            "rules": "aws_lambda.register:rules",
            "target_types": "aws_lambda.register:target_types",
        },
    }


def read_metadata(wheel: Path) -> email.message.Message:
    return email.parser.Parser().parsestr(read_info(wheel, "METADATA"))


def read_info(wheel: Path, name: str) -> str:
    """The text of a file in the wheel's dist-info folder."""
    with zipfile.ZipFile(wheel) as archive:
        [path] = [each for each in archive.namelist() if each.endswith(f".dist-info/{name}")]
        return archive.read(path).decode()
