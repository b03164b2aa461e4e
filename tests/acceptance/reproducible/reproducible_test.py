"""Every artifact of this repository, built here and in a copy of this repository at the same time.

The build of the copy differs in its folder, the order in which its files were created, umask, user
name, hash seed, locale and time zone, and it starts with empty caches. Both builds use the same
lockfiles.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from trial_repository.copies import copy_lockfiles, copy_repository
from trial_repository.machine import PANTS, Machine, wait_for
from trial_repository.pants_toml import ROOT

SUFFIXES = (".zip", ".metadata.json", ".cdx.json")


class Builds(NamedTuple):
    """The `dist/` folders of both builds."""

    ours: Path
    theirs: Path


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    variables = {
        "PANTS_LOCAL_STORE_DIR": f"{elsewhere}/store",
        "PANTS_NAMED_CACHES_DIR": f"{elsewhere}/caches",
        "PANTS_PANTSD": "false",
        "LC_ALL": "C",
        "TZ": "Pacific/Chatham",
        "PYTHONHASHSEED": "4711",
        "USER": "another",
        "LOGNAME": "another",
    }
    here = Machine(ROOT)
    copy = Machine(elsewhere / "a folder with another name", variables=variables)
    # Before it lists the targets, ./pants generates the lockfiles.
    here.pants("list", "3rdparty/python::")
    copy_repository(copy.folder)
    copy_lockfiles(here.folder, copy.folder)
    process = copy.start("package", "::", script=copy.folder / PANTS.name, umask=0o077)
    try:
        here.pants("package", "::")
        run = wait_for(process)
    finally:
        process.terminate()
    assert run.code == 0, run.err
    return Builds(here.folder / "dist", copy.folder / "dist")


def test_artifacts_have_the_same_bytes(builds: Builds) -> None:
    """Zips, their metadata and their SBOMs are equal, byte for byte."""
    ours, theirs = digests(builds.ours), digests(builds.theirs)
    print(f"{len(ours)} zips, metadata files and SBOMs")

    assert ours == theirs
    assert ours


def test_wheels_of_the_backend_have_the_same_files(builds: Builds) -> None:
    """RECORD, which lists the hash of each file, is equal.

    setuptools writes the umask into the permissions of files in a wheel, so the bytes of two wheels
    can differ. The source distribution also contains the times of the build, and is not compared.
    """
    assert record(builds.ours) == record(builds.theirs)


def digests(dist: Path) -> dict[str, str]:
    """The SHA-256 of each file, except those of environments that ./pants exported."""
    return {
        str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in dist.rglob("*")
        if path.name.endswith(SUFFIXES) and dist / "export" not in path.parents
    }


def record(dist: Path) -> str:
    """The RECORD of the newest wheel of the backend."""
    with zipfile.ZipFile(max(dist.glob("pants_aws_lambda-*.whl"))) as wheel:
        [name] = [each for each in wheel.namelist() if each.endswith(".dist-info/RECORD")]
        return wheel.read(name).decode()
