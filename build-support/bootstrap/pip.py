"""Runs pip, which installs only files whose hashes are recorded, and explains its errors."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bootstrap.installation import Installation
from bootstrap.messages import UserError, facts_table, indented

# --only-binary: a build of a source distribution would run code that has no recorded hash.
# --no-deps: the requirement file lists every dependency.
PIP_OPTIONS = (
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
)


def run_pip(python: str, command: list[str], installation: Installation, lock: int) -> None:
    """Run a `command` of pip, such as ["install"], on the requirement file of an installation.

    pip itself reads PIP_*, pip.conf and the proxy variables.
    """
    arguments = [*command, *PIP_OPTIONS, "--requirement", str(installation.requirements)]
    done = run_with_lock([python, "-I", "-m", "pip", *arguments], lock)
    if done.returncode == 0:
        return
    if "DO NOT MATCH THE HASHES" in done.stdout:
        raise _hash_error(installation, done.stdout)
    raise _download_error(installation, done.stdout)


def download_wheel(python: str, installation: Installation, target: Path, lock: int) -> Path:
    """Download the only wheel of an installation into the folder `target`, and return its path."""
    run_pip(python, ["download", "--dest", str(target)], installation, lock)
    return next(target.glob("*.whl"))


def run_with_lock(
    command: list[str],
    lock: int,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a child process that holds the lock as long as it lives.

    Its stdout contains both of its streams. `timeout` is in seconds.
    """
    return subprocess.run(
        command,
        check=False,
        env={**_inherited_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=(lock,),
        timeout=timeout,
    )


def _inherited_environment() -> dict[str, str]:
    # The framework Python of macOS passes the path of its launcher on, and a new virtual
    # environment would then point there.
    unwanted = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _index() -> str:
    """The index that pip uses, without the credentials in its address."""
    address = os.environ.get("PIP_INDEX_URL")
    if not address:
        return "the one in pip.conf, or pip's default"
    return re.sub(r"//[^/@]*@", "//****@", address)


def _index_and_hashes(installation: Installation) -> str:
    return facts_table([("index", _index()), ("hashes", str(installation.requirements))])


def _hash_error(installation: Installation, output: str) -> UserError:
    return UserError(
        f"A downloaded file of {installation.tool} {installation.version} does not have its"
        " recorded hash. Nothing was installed.\n\n"
        f"{_index_and_hashes(installation)}\n\n"
        "The download was damaged, or the index serves another file under this name.\n"
        "To fix, run ./pants again. If that fails as well, use another index:\n\n"
        "  export PIP_INDEX_URL=https://…/simple\n\n"
        "Output of pip:\n\n"
        f"{indented(output)}"
    )


def _download_error(installation: Installation, output: str) -> UserError:
    return UserError(
        f"pip could not download {installation.tool} {installation.version} from the package"
        " index. Nothing was installed.\n\n"
        f"{_index_and_hashes(installation)}\n\n"
        "To fix, check the network. If you need another index or a proxy, set it:\n\n"
        "  export PIP_INDEX_URL=https://…/simple\n"
        "  export HTTPS_PROXY=http://…\n\n"
        "Output of pip:\n\n"
        f"{indented(output)}"
    )
