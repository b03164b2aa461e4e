"""The repository of a user who follows the documents."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
from pathlib import Path

from bootstrap.installation import Installation, known_versions
from bootstrap.installer import install_pants
from bootstrap.launcher import DEFAULT_PEX
from bootstrap.pants_environment import pants_environment
from docs.documents import snippets
from trial_repository.machine import CompletedRun, Machine
from trial_repository.pants_toml import ROOT


def create_repository(folder: Path) -> Machine:
    """Create an empty git repository. Its ./pants uses the installed Pants of this machine."""
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return Machine(folder, variables={"PANTS_DYNAMIC_UI": "false"})


def marked_snippets(document: str) -> dict[str, str]:
    """The text of each marked snippet, by its mark."""
    return {each.mark: each.text for each in snippets(ROOT / document) if each.mark}


def run_commands(folder: Path, commands: str, clone: Path = ROOT) -> None:
    """Run the commands of a snippet, which use the variable `$clone`."""
    environment = {**os.environ, "clone": str(clone)}
    subprocess.run(["sh", "-euc", commands], cwd=folder, check=True, env=environment)


def replace_section(toml: str, name: str, text: str) -> str:
    """Return a pants.toml in which `text` replaces a section, which ends at an empty line."""
    section = re.compile(rf"\[{name}\]\n.*?\n(?=\n)", re.DOTALL)
    replaced, count = section.subn(lambda _: text, toml, count=1)
    assert count == 1
    return replaced


def run_official(machine: Machine, *arguments: str) -> CompletedRun:
    """Start Pants directly, as the official launcher does. PEX comes from the package index."""
    pants = Installation(machine.cache, "pants", known_versions("pants")[-1])
    if not pants.is_complete():
        install_pants(pants)
    pex = Installation(machine.cache, "pex", DEFAULT_PEX)
    environment = pants_environment(machine.environment, pants, pex)
    return dataclasses.replace(machine, variables=environment).run(
        *arguments, script=pants.folder / "bin/pants"
    )
