"""Whole repositories of other tools that `lambda-migrate` makes buildable, with real Pants."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from migrating.sam_platform import SERVICES, sam_platform, services_with_equal_modules

from trial_repository.machine import KEEP_DAEMON, CompletedRun, Machine
from trial_repository.pants_toml import ROOT

VARIABLES = {"PANTS_DYNAMIC_UI": "false", **KEEP_DAEMON}
PANTS_TOML = f"""\
# Pants for our functions.
[GLOBAL]
pants_version = "2.17.1"
pythonpath = ["{ROOT}/pants-plugins"]
backend_packages = ["aws_lambda", "pants.backend.python"]

[anonymous-telemetry]
enabled = false
"""


class MigratedRepository:
    """A repository whose templates `lambda-migrate --write` has translated."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self.folder = folder
        self.machine = Machine(folder, variables=VARIABLES)
        self.machine.write({**files, "pants.toml": PANTS_TOML})
        self.templates = [path for path in files if path.endswith("template.yaml")]
        self.first = self.migrate()

    def migrate(self) -> CompletedRun:
        return self.machine.pants("lambda-migrate", "--write", *self.templates)

    def metadata(self, path: str) -> dict[str, object]:
        text = (self.folder / "dist" / f"{path}.metadata.json").read_text()
        loaded: dict[str, object] = json.loads(text)
        return loaded

    def names_in(self, path: str) -> set[str]:
        with zipfile.ZipFile(self.folder / "dist" / path) as archive:
            return {each for each in archive.namelist() if "__pycache__" not in each}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MigratedRepository]:
    """The SAM platform, packaged."""
    migrated = MigratedRepository(tmp_path_factory.mktemp("platform"), sam_platform())
    migrated.machine.pants("package", "::")
    yield migrated
    migrated.machine.stop_daemon()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[MigratedRepository]:
    """The services with equal modules, packaged."""
    migrated = MigratedRepository(tmp_path, services_with_equal_modules())
    migrated.machine.pants("package", "::")
    yield migrated
    migrated.machine.stop_daemon()


def test_a_second_run_changes_nothing(platform: MigratedRepository) -> None:
    """The notes are printed again, and no file changes."""
    assert "\nChanged " in platform.first.out
    assert platform.migrate().out.endswith("\nThere is nothing to change.\n")


def test_all_functions_of_the_platform_are_packaged(platform: MigratedRepository) -> None:
    """Each zip has its own modules, and shared code and requirements are in layers."""
    for service, functions in SERVICES.items():
        for function in functions:
            path = f"services.{service}.functions.{function}/fn.zip"
            with zipfile.ZipFile(platform.folder / "dist" / path) as archive:
                assert archive.read("models.py") == f'NAME = "{service}-{function}"\n'.encode()

    assert platform.names_in("services.orders.functions.create/fn.zip") == {
        "app.py",
        "lambda_function.py",
        "models.py",
        "schema.json",
    }


def test_function_with_other_pins_runs(platform: MigratedRepository) -> None:
    """The function in the second resolve contains its own version and the shared code."""
    event = '{"cents": 1234500}'
    function = "services/reports/functions/export:fn"
    export = platform.machine.pants("run", function, "--", "--event", event)

    assert json.loads(export.out) == ["reports-export", "EUR 12,345.0", "dev", "3.6"]


def test_services_with_equal_modules(services: MigratedRepository) -> None:
    """Each function imports its own modules, and all import the shared project."""
    for service in ("accounts", "billing", "stock"):
        metadata = services.metadata(f"{service}/fn.zip")
        assert (metadata["runtime"], metadata["architecture"]) == ("python3.13", "arm64")
        assert {"src/api.py", "src/models.py", "money/__init__.py"} <= services.names_in(
            f"{service}/fn.zip"
        )
