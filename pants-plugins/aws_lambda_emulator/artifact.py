"""A built function as it lies on disk: its zip or folder, its metadata, and its layers."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_emulator.fault import EmulatorFault

# The keys of the metadata that are read here.
_OF_LAYER = ("kind", "address")
_OF_FUNCTION = (*_OF_LAYER, "handler", "runtime", "architecture", "layers", "code_sha256")
# Read at once while a zip is hashed, in bytes.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Code:
    """A zip or a folder to mount. `sha256` is the hex hash of the zip, `""` for a folder."""

    path: str
    sha256: str

    @property
    def is_folder(self) -> bool:
        return os.path.isdir(self.path)


@dataclass(frozen=True)
class Artifact:
    """A function, and the layers that it attaches, in AWS's order.

    `python` is the minor version of its runtime, `None` where explicit complete platforms say it.
    `absent` are the ARNs of layers that were built elsewhere, which nobody here can mount.
    """

    address: str
    handler: str
    runtime: str | None
    python: tuple[int, int] | None
    architecture: str
    code: Code
    layers: tuple[Code, ...]
    absent: tuple[str, ...]

    def is_same_as(self, other: Artifact) -> bool:
        """Whether the same would be mounted; never so for folders, of which nobody knows."""
        return self == other and all(each.sha256 for each in (self.code, *self.layers))


def read_artifact(path: str) -> Artifact:
    """The function at this path, as `package` left it. Raises `EmulatorFault`."""
    path = os.path.abspath(path)
    metadata = _metadata(path)
    if metadata["kind"] != "function":
        raise EmulatorFault(
            f"{metadata['address']} is a layer, and only functions can be invoked.\n\n"
            f"  {path}\n\n"
            "To fix, name a `lambda_function` that attaches it."
        )
    runtime = metadata["runtime"]
    layers = metadata["layers"]
    mine = [each for each in layers if "path" in each]
    root = _root_of(path, [each["path"] for each in mine], metadata["address"])
    return Artifact(
        address=metadata["address"],
        handler=metadata["handler"],
        runtime=runtime,
        python=_minor(runtime) if runtime else None,
        architecture=metadata["architecture"] or "x86_64",
        code=_code(path, metadata["code_sha256"], metadata["address"], metadata["address"]),
        layers=tuple(
            _code(
                os.path.join(root, each["path"]),
                each["code_sha256"],
                each["address"],
                metadata["address"],
            )
            for each in mine
        ),
        absent=tuple(each["arn"] for each in layers if "arn" in each),
    )


def files_of(path: str) -> Iterator[str]:
    """The files whose change means another function: zips, or the metadata beside folders.

    Those that are not there are left out.
    """
    yield f"{path}.metadata.json"
    yield path
    try:
        layers = _metadata(path)["layers"]
    except (EmulatorFault, KeyError):
        return
    for folder in _parents(path):
        for each in layers:
            layer = os.path.join(folder, each.get("path", ""))
            if "path" in each and os.path.exists(layer):
                yield f"{layer}.metadata.json"
                yield layer


def _metadata(path: str) -> Mapping[str, Any]:
    beside = f"{path}.metadata.json"
    try:
        with open(beside, encoding="utf-8") as file:
            document = json.load(file)
        # What is read here, so that nothing below fails on another program's file.
        needed = _OF_FUNCTION if document["kind"] == "function" else _OF_LAYER
        {key: document[key] for key in needed}
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        return document  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmulatorFault(
            "There is no built function to run.\n\n"
            f"  {path}\n"
            f"  {type(error).__name__}: {error}\n\n"
            "To fix, build it with `./pants package`, which writes the zip and its metadata."
        ) from None


def _minor(runtime: str) -> tuple[int, int]:
    """`"python3.13"` to `(3, 13)`."""
    major, minor = runtime[len("python") :].split(".")
    return int(major), int(minor)


def _parents(path: str) -> Iterator[str]:
    folder = os.path.dirname(path)
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _root_of(path: str, layers: list[str], address: str) -> str:
    """The folder that the paths of layers are relative to, `dist/` where Pants wrote them."""
    if not layers:
        return os.path.dirname(path)
    for folder in _parents(path):
        if all(os.path.exists(os.path.join(folder, each)) for each in layers):
            return folder
    raise EmulatorFault(
        f"The layers that {address} attaches are not there.\n\n"
        + "".join(f"  {each}\n" for each in layers)
        + f"\nThey were looked for above {path}.\n\n"
        f"To fix, run `./pants package {address}`, which writes the function and its layers."
    )


def _code(path: str, recorded: str | None, address: str, function: str) -> Code:
    """The zip, if it is the one that the metadata of the function tells of."""
    if recorded is None:
        return Code(path, "")
    expected = base64.b64decode(recorded).hex()
    try:
        found = sha256_of(path)
    except OSError as error:
        found = f"{type(error).__name__}: {error.strerror}"
    if found != expected:
        what = (
            f"The zip of {function} is not the one that its metadata tells of."
            if address == function
            else f"{function} was built with another {address} than the one that is there now."
        )
        raise ChangedMeanwhile(
            f"{what}\n\n"
            f"  {path}\n"
            f"  SHA-256 in the metadata  {expected}\n"
            f"  SHA-256 of the zip       {found}\n\n"
            f"To fix, run `./pants package {function}`."
        )
    return Code(path, found)


class ChangedMeanwhile(EmulatorFault):
    """Zip and metadata differ, as they do while a build writes them."""


def sha256_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(_PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()


Stamp = tuple[tuple[str, int, int, int], ...]


def stamp_of(path: str) -> Stamp:
    """Changes when a build replaces the function or one of its layers; cheap to ask."""
    found = []
    for each in sorted(set(files_of(path))):
        try:
            stat = os.stat(each)
        except OSError:
            continue
        found.append((each, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)
