"""Fills PEX's cache while Pants starts for the first time, which takes one core 15 seconds.

Only a first run imports this module. The daemon that it starts answers the command itself later.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from bootstrap.client import client_program
from bootstrap.installation import Installation
from bootstrap.installer import build_pex_tool
from bootstrap.interpreters import python_search_path
from bootstrap.lockfiles import python_of_missing_lockfile
from bootstrap.messages import print_progress, timed
from bootstrap.needed_resolves import has_other_settings
from bootstrap.pants_environment import ca_bundle, pants_environment
from bootstrap.pants_toml import PantsToml

# A goal that needs neither PEX nor the files of the repository.
_START = "version"

# The Python of Pants 2.17.1, and the pip with which PEX installs tools for it and downloads wheels.
_PIP_OF_TOOLS = ("3.9", "23.1.2")

# Options in [GLOBAL] without which the command uses a daemon, and Pants' default cache folder.
_OTHER_SETTINGS = ("concurrent", "named_caches_dir", "pantsd")


def prepare_first_start(
    config: PantsToml,
    pants: Installation,
    pex: Installation,
    arguments: Sequence[str],
    *,
    locks: bool,
) -> None:
    """Build the pex tool if it is missing, and prepare PEX. Meanwhile, start the daemon if the
    command will certainly use it.

    `locks` is whether the command can use lockfiles.
    """
    if not has_plain_settings(arguments, config.parsed(pants), config.root):
        build_pex_tool(pants, pex)
        return
    with _starting_daemon(config.root, pants):
        build_pex_tool(pants, pex)
        python = python_of_missing_lockfile(config, pants, pex) if locks else None
        if python:
            with timed("Prepared PEX", f"Preparing PEX to lock requirements for Python {python}"):
                _start_filling_pex_cache(pants, pex, python, "latest").wait()
        # It may end while the lockfile is generated. PEX waits for its own files if necessary.
        _start_filling_pex_cache(pants, pex, *_PIP_OF_TOOLS)


def has_plain_settings(arguments: Sequence[str], parsed: Mapping[str, Any], root: Path) -> bool:
    """Whether the command uses the daemon, the index and the cache folder of a default Pants.

    `parsed` is the content of pants.toml, in the folder `root`.
    """
    words = takewhile(lambda argument: argument != "--", arguments)
    if any(word.startswith("-") for word in words) or has_other_settings(root):
        return False
    variables = {f"PANTS_{name.upper()}" for name in _OTHER_SETTINGS}
    if variables & os.environ.keys() or any("PYTHON_REPOS" in name for name in os.environ):
        return False
    return "python-repos" not in parsed and not set(_OTHER_SETTINGS) & set(parsed.get("GLOBAL", {}))


@contextlib.contextmanager
def _starting_daemon(root: Path, pants: Installation) -> Iterator[None]:
    """Start the daemon in the background, and wait for it at the end.

    If it does not start, the command itself will report the reason.
    """
    environment = pants_environment(os.environ, pants, None)
    starting = subprocess.Popen(
        [client_program(pants, environment), _START],
        cwd=str(root),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    waiting = threading.Thread(target=_wait_for_start, args=(starting,))
    waiting.start()
    try:
        yield
    except BaseException:
        starting.terminate()
        raise
    finally:
        waiting.join()


def _wait_for_start(starting: subprocess.Popen[bytes]) -> None:
    print_progress("Starting Pants")
    start = time.monotonic()
    if starting.wait() == 0:
        print_progress(f"Started Pants in {time.monotonic() - start:.0f} s")


def _start_filling_pex_cache(
    pants: Installation, pex: Installation, python: str, pip: str
) -> subprocess.Popen[bytes]:
    """Let PEX lock no requirements. It then finds the Pythons, and installs itself and a pip.

    The environment and the options are those of Pants 2.17.1 for a lockfile. If PEX fails, Pants
    will report the reason.
    """
    index = os.environ.get("PIP_INDEX_URL")
    bundle = ca_bundle(os.environ)
    return subprocess.Popen(
        [
            *(str(pants.python), str(pex.folder / "pex"), "lock", "create"),
            *("--style=universal", f"--pip-version={pip}", f"--output={os.devnull}"),
            *(f"--interpreter-constraint=CPython=={python}.*", "--python-path"),
            python_search_path(),
            *(["--no-pypi", f"--index={index}"] if index else []),
            *(["--cert", bundle] if bundle else []),
        ],
        env=_pex_environment(pants),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _pex_environment(pants: Installation) -> Mapping[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PEX_", "PYTHON"))
    }
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return {
        **inherited,
        "PEX_IGNORE_RCFILES": "true",
        "PEX_PYTHON": str(pants.python),
        "PEX_ROOT": str(caches / "pants" / "named_caches" / "pex_root"),
        "PEX_SCRIPT": "pex3",
        "PIP_CONFIG_FILE": os.devnull,
    }
