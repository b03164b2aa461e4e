"""pip, which installs only files whose hash was recorded, and what it means when it fails."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bootstrap.fault import Fault, facts
from bootstrap.places import Place

# --only-binary: building a source distribution would run code that nobody checked.
# --no-deps: the requirement file names everything.
PIP_OPTIONS = (
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
)


def pip(python: str, command: list[str], place: Place, lock: int) -> None:
    """Run a pip `command` on the files of `place`. pip reads PIP_*, pip.conf and proxies itself."""
    arguments = [*command, *PIP_OPTIONS, "--requirement", str(place.requirements)]
    done = run([python, "-I", "-m", "pip", *arguments], lock)
    if done.returncode == 0:
        return
    if "DO NOT MATCH THE HASHES" in done.stdout:
        raise _changed(place, done.stdout)
    raise _unavailable(place, done.stdout)


def download_wheel(python: str, place: Place, target: Path, lock: int) -> Path:
    """Fetch the one wheel that the requirement file of `place` names."""
    pip(python, ["download", "--dest", str(target)], place, lock)
    return next(target.glob("*.whl"))


def run(
    command: list[str],
    lock: int,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a child that holds the lock as long as it lives; its output, both streams in one."""
    return subprocess.run(
        command,
        check=False,
        env={**_inherited(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=(lock,),
        timeout=timeout,
    )


def quoted(output: str) -> str:
    """What a tool said, indented under a fault of ours."""
    return "\n".join(f"  {line}".rstrip() for line in output.strip().splitlines())


def _inherited() -> dict[str, str]:
    # macOS' framework Python hands its launcher's path on, and venvs would then point there.
    unwanted = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _index() -> str:
    address = os.environ.get("PIP_INDEX_URL")
    if not address:
        return "pip's own: pip.conf, or its default"
    return re.sub(r"//[^/@]*@", "//****@", address)


def _where(place: Place) -> str:
    return facts([("index", _index()), ("hashes", str(place.requirements))])


def _changed(place: Place, output: str) -> Fault:
    return Fault(
        f"A file of {place.tool} {place.version} is not the one whose hash was recorded."
        " Nothing was installed.\n\n"
        f"{_where(place)}\n\n"
        "The download was damaged, or the index serves another file under this name.\n"
        "To fix, run ./pants again; if that fails too, use another index:\n\n"
        "  export PIP_INDEX_URL=https://…/simple\n\n"
        "What pip said:\n\n"
        f"{quoted(output)}"
    )


def _unavailable(place: Place, output: str) -> Fault:
    return Fault(
        f"pip could not get {place.tool} {place.version} from the package index."
        " Nothing was installed.\n\n"
        f"{_where(place)}\n\n"
        "To fix, check the network, and name an index or a proxy where you need one:\n\n"
        "  export PIP_INDEX_URL=https://…/simple\n"
        "  export HTTPS_PROXY=http://…\n\n"
        "What pip said:\n\n"
        f"{quoted(output)}"
    )
