"""The tools that ./pants installs: their pinned requirement files and their folders."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"

# How PEX builds itself. Builds would differ with bytecode in them, and with a root folder that PEX
# chooses itself. In a virtual environment, PEX starts in a third of the time: without one, each
# start compiles modules in the zip and imports them three times.
PEX_OPTIONS = ("--no-compile", "--runtime-pex-root", "~/.cache/pex", "--venv")

# A line that Python executes at each start in this virtual environment. PEX starts it twice, and
# removes PEX_ROOT in between, with which Pants names its own cache folder (PEX 2.100.5). With the
# option --no-strip-pex-env, PEX_PYTHON would stay as well, which PEX must not pass on.
KEEP_PEX_ROOT = (
    "import os; root = os.environ.get('PEX_ROOT') or os.environ.get('_KEPT_PEX_ROOT'); "
    "root and os.environ.update(PEX_ROOT=root, _KEPT_PEX_ROOT=root)\n"
)


class Installation(NamedTuple):
    """One version of a tool, described by a requirement file with pins and hashes.

    The name of its folder contains a hash of the requirement file, and of everything with which PEX
    builds itself. Two repositories, or two states of one, with different files therefore use
    different folders.
    """

    cache: Path
    tool: str
    version: str

    @property
    def requirements(self) -> Path:
        return REQUIREMENTS / self.tool / f"{self.version}.txt"

    @property
    def folder(self) -> Path:
        options = " ".join([*PEX_OPTIONS, KEEP_PEX_ROOT]) if self.tool == "pex" else ""
        digest = hashlib.sha256(self.requirements.read_bytes() + options.encode()).hexdigest()
        return self.cache / self.tool / f"{self.version}-{digest[:12]}"

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment, for tools that are installed into one."""
        return self.folder / "bin" / "python"

    @property
    def marker(self) -> Path:
        """The file that is written last. It contains the path of the folder."""
        return self.folder / "complete"

    def is_complete(self) -> bool:
        """Whether the environment was installed completely, here, and its interpreter still exists.

        The marker contains the path because a virtual environment does not work after a move.
        """
        try:
            return self.marker.read_text() == str(self.folder) and os.access(self.python, os.X_OK)
        except OSError:
            return False


def known_versions(tool: str) -> list[str]:
    """The versions of a tool that have a requirement file, in the order of their text."""
    return sorted(path.stem for path in (REQUIREMENTS / tool).glob("*.txt"))
