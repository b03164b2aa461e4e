"""What only a first run does: install Pants, and build the pex tool."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

from bootstrap.client import native_client
from bootstrap.fault import Fault, facts, say
from bootstrap.fetch import download_wheel, pip, quoted, run
from bootstrap.interpreter import find_python39
from bootstrap.places import Place, alone, replace_text

RUN_PEX = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pex.bin.pex import main; main()"


def install_pants(pants: Place) -> None:
    name = f"pants-{pants.folder.name}"
    with alone(pants.cache, name, f"installing Pants {pants.version}") as lock:
        if pants.is_whole():
            return
        python39 = find_python39(pants, lock)
        say(f"Installing Pants {pants.version} into {pants.folder}")
        # In its final place, not beside it: an environment does not survive being moved. Without
        # its marker nobody uses it, so what a killed run left can go.
        shutil.rmtree(pants.folder, ignore_errors=True)
        try:
            venv = [python39, "-I", "-m", "venv", str(pants.folder)]
            _expect("Making an environment for Pants", run(venv, lock))
            pip(str(pants.python), ["install", "--no-warn-script-location"], pants, lock)
        except BaseException:
            shutil.rmtree(pants.folder, ignore_errors=True)
            raise
        # The wheel of 2.17.1 carries its client without the run bit.
        os.chmod(native_client(pants), 0o755)
        replace_text(pants.complete, str(pants.folder))


def build_pex_tool(pants: Place, pex: Place) -> None:
    """Have PEX build itself, from its own checked wheel and with no index in reach."""
    name = f"pex-{pex.folder.name}"
    with alone(pex.cache, name, f"building the pex tool {pex.version}") as lock:
        if pex.folder.is_dir():
            return
        say(f"Building the pex tool {pex.version} into {pex.folder}")
        workshop = pex.folder.with_name(f"{pex.folder.name}.unfinished")
        shutil.rmtree(workshop, ignore_errors=True)
        finished = workshop / "finished"
        finished.mkdir(parents=True)
        try:
            wheel = download_wheel(str(pants.python), pex, workshop / "wheel", lock)
            _build(pants, pex, wheel, finished / "pex", lock)
            content = (finished / "pex").read_bytes()
            found = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
            (finished / "facts.json").write_text(json.dumps(found) + "\n")
            os.replace(finished, pex.folder)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


def _build(pants: Place, pex: Place, wheel: Path, target: Path, lock: int) -> None:
    unpacked = wheel.parent / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    # --no-compile: bytecode would make each build differ, as would a root that PEX finds by itself.
    arguments = [f"pex=={pex.version}", "-c", "pex", "-o", str(target), "--no-compile"]
    arguments += ["--runtime-pex-root", "~/.cache/pex"]
    offline = ["--no-index", "--find-links", str(wheel.parent)]
    own_root = {"PEX_ROOT": str(wheel.parent / "root"), "PEX_IGNORE_RCFILES": "1"}
    command = [str(pants.python), "-I", "-c", RUN_PEX, str(unpacked), *arguments, *offline]
    _expect("Building the pex tool", run(command, lock, own_root))


def _expect(doing: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        table = facts([("exit code", str(done.returncode)), ("command", shlex.join(done.args))])
        raise Fault(
            f"{doing} failed.\n\n"
            f"{table}\n\n"
            "It said:\n\n"
            f"{quoted(done.stdout)}\n\n"
            "To fix, correct what it says and run ./pants again: it takes up where it stopped."
        )
