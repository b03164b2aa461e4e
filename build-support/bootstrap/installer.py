"""Installs Pants and builds the pex tool. Only a first run imports this module."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bootstrap.cache_folder import exclusive_lock, replace_text
from bootstrap.client import native_client
from bootstrap.installation import KEEP_PEX_ROOT, PEX_OPTIONS, Installation
from bootstrap.interpreters import find_python39
from bootstrap.messages import UserError, facts_table, indented, timed
from bootstrap.pip import download_wheel, run_pip, run_with_lock

# Pants imports a fifth of its modules. Python compiles these faster than pip compiles all.
_INSTALL = ["install", "--no-compile", "--no-warn-script-location"]

RUN_PEX = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pex.bin.pex import main; main()"


def install_pants(pants: Installation, pex: Installation | None = None) -> None:
    """Install Pants into a virtual environment, unless another process did so meanwhile.

    At the same time, build the pex tool `pex`, which requires the environment, but not Pants.
    """
    name = f"pants-{pants.folder.name}"
    with exclusive_lock(pants.cache, name, f"installing Pants {pants.version}") as lock:
        if pants.is_complete():
            return
        python39 = find_python39(pants.cache, lock, needed_by=f"Pants {pants.version}")
        installing = f"Installing Pants {pants.version} into {pants.folder}"
        with timed(f"Installed Pants {pants.version}", installing):
            _install_pants(pants, pex, python39, lock)


def _install_pants(pants: Installation, pex: Installation | None, python39: str, lock: int) -> None:
    # In its final folder, because a virtual environment does not work after a move. No run uses a
    # folder without its marker, so this run can delete what a killed run left.
    shutil.rmtree(pants.folder, ignore_errors=True)
    try:
        venv = [python39, "-I", "-m", "venv", str(pants.folder)]
        _require_success("Creating an environment for Pants", run_with_lock(venv, lock))
        # pip waits for the index half of the time.
        with ThreadPoolExecutor(max_workers=1) as executor:
            building = executor.submit(build_pex_tool, pants, pex) if pex else None
            run_pip(str(pants.python), _INSTALL, pants, lock)
    except BaseException:
        shutil.rmtree(pants.folder, ignore_errors=True)
        raise
    # The client in the wheel of 2.17.1 is not executable.
    os.chmod(native_client(pants), 0o755)
    replace_text(pants.marker, str(pants.folder))
    if building:
        building.result()


def build_pex_tool(pants: Installation, pex: Installation) -> None:
    """Let PEX build itself from its own verified wheel, without access to an index. Do nothing if
    it is built.
    """
    name = f"pex-{pex.folder.name}"
    with exclusive_lock(pex.cache, name, f"building the pex tool {pex.version}") as lock:
        if pex.folder.is_dir():
            return
        building = f"Building the pex tool {pex.version} into {pex.folder}"
        with timed(f"Built the pex tool {pex.version}", building):
            _build_pex_tool(pants, pex, lock)


def _build_pex_tool(pants: Installation, pex: Installation, lock: int) -> None:
    unfinished = pex.folder.with_name(f"{pex.folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    finished = unfinished / "finished"
    finished.mkdir(parents=True)
    try:
        wheel = download_wheel(str(pants.python), pex, unfinished / "wheel", lock)
        _run_pex(pants, pex, wheel, finished / "pex", lock)
        content = (finished / "pex").read_bytes()
        facts = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        (finished / "facts.json").write_text(json.dumps(facts) + "\n")
        os.replace(finished, pex.folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _run_pex(pants: Installation, pex: Installation, wheel: Path, target: Path, lock: int) -> None:
    unpacked = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    sources = wheel.parent / "sources"
    sources.mkdir()
    (sources / "keep_pex_root.pth").write_text(KEEP_PEX_ROOT, encoding="utf-8")
    arguments = [f"pex=={pex.version}", "-c", "pex", "-o", str(target), *PEX_OPTIONS]
    arguments += ["--sources-directory", str(sources)]
    offline = ["--no-index", "--find-links", str(wheel.parent)]
    own_root = {"PEX_ROOT": str(wheel.parent / "root"), "PEX_IGNORE_RCFILES": "1"}
    command = [str(pants.python), "-I", "-c", RUN_PEX, str(unpacked), *arguments, *offline]
    _require_success("Building the pex tool", run_with_lock(command, lock, own_root))


def _require_success(step: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        rows = [("exit code", str(done.returncode)), ("command", shlex.join(done.args))]
        raise UserError(
            f"{step} failed.\n\n"
            f"{facts_table(rows)}\n\n"
            "Output of the command:\n\n"
            f"{indented(done.stdout)}\n\n"
            "To fix, correct the error that it reports and run ./pants again, which continues where"
            " it stopped."
        )
