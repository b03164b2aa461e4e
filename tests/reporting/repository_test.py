"""The report of a repository with real Pants: its page in Chromium, and its advice in BUILD files.

All figures are those of zips.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from reporting.page_views import rows, size_text

from report_page.browser import MISSING, find_programs, open_browser
from trial_repository.machine import CompletedRun, Machine
from trial_repository.pants_toml import pants_toml

# The modules that functions import, by folder and name.
FUNCTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "src/orders": {
        "api": ("attrs", "humanize"),
        "report": ("attrs", "humanize", "idna"),
        "worker": ("humanize",),
    },
    "src/mail": {"read": ("idna",), "send": ("humanize", "idna")},
    "src/ping": {"fn": ()},
}
REQUIREMENTS = ("attrs", "humanize", "idna")


class Trial:
    """A repository with six functions and no layer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.machine = Machine(folder)
        files = {
            "pants.toml": pants_toml({"default": "3.13"}),
            "3rdparty/python/default.requirements.txt": "\n".join(REQUIREMENTS),
            "3rdparty/python/default.constraints.txt": "",
            "3rdparty/python/BUILD": (
                'python_requirements(name="default", source="default.requirements.txt")\n'
            ),
        }
        for path, functions in FUNCTIONS.items():
            targets = ["python_sources()\n"]
            for name, modules in functions.items():
                imports = "".join(f"import {each}\n" for each in modules)
                body = f"def handler(event, context):\n    return [{', '.join(modules)}]\n"
                files[f"{path}/{name}.py"] = f"{imports}\n\n{body}"
                targets.append(
                    f'lambda_function(\n    name="{name}",\n    handler="{name}.py:handler",\n)\n'
                )
            files[f"{path}/BUILD"] = "\n".join(targets)
        self.machine.write(files)

    def advice(self) -> Any:
        self.machine.pants("lambda-report", "::")
        return json.loads((self.folder / "dist/lambda-report.json").read_text())["advice"]

    def paste(self, build_text: str) -> None:
        """Add the targets, and set the field `layers` of the functions."""
        for comments, text in re.findall(
            r"((?:^# .*\n)+)((?:^(?:[^#\n].*)?\n)*)", build_text, re.M
        ):
            for name in re.findall("^# (.*)$", comments, re.M):
                path, colon, target = name.partition(":")
                build = self.folder / (f"{path}/BUILD" if colon else path)
                before = build.read_text() if build.exists() else ""
                pasted = (
                    before.replace(f'name="{target}",', f'name="{target}",\n{text}')
                    if colon
                    else f"{before}\n{text}"
                )
                build.write_text(pasted)

    def package(self) -> tuple[int, Counter[str]]:
        """The bytes of all function zips, and of all zips with each distribution."""
        self.machine.pants("package", "::")
        edits, upgrades = 0, Counter[str]()
        for file in self.folder.glob("dist/**/*.metadata.json"):
            metadata = json.loads(file.read_text())
            size = file.with_name(file.name.removesuffix(".metadata.json")).stat().st_size
            edits += size if metadata["kind"] == "function" else 0
            upgrades.update({each["name"]: size for each in metadata["distributions"]})
        return edits, upgrades

    def check(self) -> CompletedRun:
        """Import all handlers from the artifacts."""
        return self.machine.pants("check", "::")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    trial = Trial(tmp_path_factory.mktemp("repository"))
    yield trial
    trial.machine.stop_daemon()


def test_pasted_advice_lowers_the_bytes(trial: Trial) -> None:
    """Edits and upgrades upload as many bytes as the advice says. Then there is nothing to gain.

    The bytecode of layers, and therefore the bytes of upgrades, are estimates.
    """
    edits, upgrades = trial.package()
    advice = trial.advice()
    trial.paste(advice["build_text"])
    new_edits, new_upgrades = trial.package()
    again = trial.advice()

    assert advice["before"] == {"source_edits": edits, "upgrades": upgrades.total()}
    assert advice["after"]["source_edits"] == pytest.approx(new_edits, rel=0.02)
    assert advice["after"]["upgrades"] == pytest.approx(new_upgrades.total(), rel=0.1)
    assert new_edits < edits / 10
    assert all(new_upgrades[each] < upgrades[each] / 2 for each in REQUIREMENTS)
    assert again is None
    assert "✓ lambda-imports succeeded." in trial.check().err


@pytest.mark.skipif(find_programs() is None, reason=MISSING)
def test_page_shows_the_sizes_of_zips(trial: Trial, tmp_path: Path) -> None:
    """The overview has the sizes of each function's zip, and the search its files."""
    trial.package()
    trial.advice()
    dist = trial.folder / "dist"

    with open_browser(tmp_path) as browser:
        browser.open(dist / "lambda-report.html")
        shown = {row[0]: row for row in rows(browser, 0)}
        browser.search("humanize/__init__.py")
        browser.wait_for_results()
        found = browser.texts(".result .places a")
        errors = browser.errors()

    containing = []
    for file in dist.glob("**/*.metadata.json"):
        metadata = json.loads(file.read_text())
        path = file.with_name(file.name.removesuffix(".metadata.json"))
        entries = ZipFile(path).infolist()
        if metadata["kind"] == "function":
            zipped, unzipped = path.stat().st_size, sum(each.file_size for each in entries)
            row = shown.pop(metadata["address"])
            assert row[2].startswith(size_text(zipped))
            assert row[3] == size_text(unzipped)
        if any(each.filename.endswith("humanize/__init__.py") for each in entries):
            containing.append(metadata["address"])
    assert shown == {}
    assert set(found) <= set(containing)
    assert found
    assert errors == []
