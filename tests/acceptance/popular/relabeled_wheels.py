"""Copies of real wheels with a wrong platform tag, as a faulty build puts on a private index.

With a correct tag, PEX itself would refuse the wheel, and the checks would not see it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

# The local part of the version of each copy.
LOCAL_VERSION = "relabeled"


class Original(NamedTuple):
    """A wheel of the package index, and the platform in the tag of its copy."""

    project: str
    version: str
    platform: str
    sha256: str
    platform_of_copy: str


ORIGINALS = (
    # Its library needs glibc 2.28, and python3.11 has glibc 2.26.
    Original(
        "cryptography",
        "50.0.2",
        "manylinux_2_28_x86_64",
        "4061c0079120205fb760c58acab6443e217307dcf05e3702cf970e0689972856",
        "manylinux2014_x86_64",
    ),
    Original(
        "markupsafe",
        "3.0.4",
        "manylinux2014_aarch64",
        "849dd2bb0e5e4ab2b71c7191726a4a8d5aa8a610daa584728cbee0b710ddc4ef",
        "manylinux2014_x86_64",
    ),
)


def make_wheels(python: str, folder: Path) -> None:
    """Download the originals with the pip of a Python, and write the copies into a folder.

    Raises `subprocess.CalledProcessError` if pip fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as downloads:
        for original in ORIGINALS:
            _write_copy(_download(python, original, Path(downloads)), original, folder)


def _download(python: str, original: Original, folder: Path) -> Path:
    requirement = folder / f"{original.project}.txt"
    requirement.write_text(
        f"{original.project}=={original.version} --hash=sha256:{original.sha256}\n",
        encoding="utf-8",
    )
    command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    platform = ["--platform", original.platform, "--python-version", "3.11"]
    wheels = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--dest", str(folder)]
    subprocess.run([*command, *platform, *wheels, "--requirement", str(requirement)], check=True)
    [wheel] = folder.glob(f"{original.project}-*.whl")
    return wheel


def _write_copy(wheel: Path, original: Original, folder: Path) -> None:
    """Write the copy of a wheel. Its version differs from that of the original by a local part."""
    name, version, python, abi, _ = wheel.stem.split("-")
    tag = f"{python}-{abi}-{original.platform_of_copy}"
    old_info, new_info = (
        f"{name}-{version}.dist-info/",
        f"{name}-{version}+{LOCAL_VERSION}.dist-info/",
    )
    record = []
    copy = folder / f"{name}-{version}+{LOCAL_VERSION}-{tag}.whl"
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(copy, "w") as target:
        for path in source.namelist():
            if path == f"{old_info}RECORD" or path.endswith("/"):
                continue
            content = source.read(path)
            if path == f"{old_info}METADATA":
                content = content.replace(
                    f"\nVersion: {version}".encode(),
                    f"\nVersion: {version}+{LOCAL_VERSION}".encode(),
                    1,
                )
            if path == f"{old_info}WHEEL":
                content = re.sub(rb"(?m)^Tag: .*\n", b"", content).rstrip()
                content += f"\nTag: {tag}\n".encode()
            path = path.replace(old_info, new_info)
            _add_file(target, path, content)
            record.append(f"{path},{_digest(content)},{len(content)}\n")
        path = f"{new_info}RECORD"
        _add_file(target, path, "".join([*record, f"{path},,\n"]).encode())


def _add_file(wheel: zipfile.ZipFile, path: str, content: bytes) -> None:
    """Add a file with a fixed date and mode, so that the hash of the wheel is always the same."""
    info = zipfile.ZipInfo(path)
    info.external_attr = 0o644 << 16
    wheel.writestr(info, content, zipfile.ZIP_DEFLATED)


def _digest(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
