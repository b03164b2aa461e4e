"""A packaged function on disk: its zip or folder, its metadata, and its layers."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_emulator.errors import EmulatorError, pants_command

# The keys of the metadata that this module reads.
_LAYER_KEYS = ("kind", "address")
_FUNCTION_KEYS = (*_LAYER_KEYS, "handler", "runtime", "architecture", "layers", "code_sha256")
# Bytes of a zip that are read at once for its hash.
_CHUNK_BYTES = 1 << 20


class ArtifactChanged(EmulatorError):
    """A zip does not match its metadata, for example while a build writes both."""


@dataclass(frozen=True)
class Code:
    """A zip or a folder to mount. `sha256` is the zip's hexadecimal digest, `""` for a folder."""

    path: str
    sha256: str

    @property
    def is_folder(self) -> bool:
        return os.path.isdir(self.path)


@dataclass(frozen=True)
class Artifact:
    """A function and the layers that it attaches, in AWS's order.

    `python` is the minor version of its runtime, or `None` if the target lists explicit complete
    platforms. `arn_layers` are the ARNs of layers that were built elsewhere and cannot be mounted.
    """

    address: str
    handler: str
    runtime: str | None
    python: tuple[int, int] | None
    architecture: str
    code: Code
    layers: tuple[Code, ...]
    arn_layers: tuple[str, ...]

    def has_same_content(self, other: Artifact) -> bool:
        """Whether both mount the same files. It is `False` for folders, which have no digest."""
        return self == other and all(each.sha256 for each in (self.code, *self.layers))


def read_artifact(path: str) -> Artifact:
    """Read the function that `package` wrote at this path. Raises `EmulatorError`."""
    path = os.path.abspath(path)
    metadata = _read_metadata(path)
    address = metadata["address"]
    if metadata["kind"] != "function":
        raise EmulatorError(
            f"{address} is a layer, but only functions can be invoked.\n\n"
            f"  {path}\n\n"
            "To fix, name a `lambda_function` that attaches it."
        )
    runtime = metadata["runtime"]
    layers = metadata["layers"]
    packaged = [each for each in layers if "path" in each]
    root = _find_root(path, [each["path"] for each in packaged], address)
    return Artifact(
        address=address,
        handler=metadata["handler"],
        runtime=runtime,
        python=_parse_runtime(runtime) if runtime else None,
        architecture=metadata["architecture"] or "x86_64",
        code=_read_code(path, metadata["code_sha256"], address, function=address),
        layers=tuple(
            _read_code(
                os.path.join(root, each["path"]),
                each["code_sha256"],
                each["address"],
                function=address,
            )
            for each in packaged
        ),
        arn_layers=tuple(each["arn"] for each in layers if "arn" in each),
    )


def watched_files(path: str) -> Iterator[str]:
    """The files that a build changes: the zips or folders, and the metadata next to them.

    Layers that do not exist are left out.
    """
    yield f"{path}.metadata.json"
    yield path
    try:
        layers = _read_metadata(path)["layers"]
    except (EmulatorError, KeyError):
        return
    for folder in _parents(path):
        for each in layers:
            layer = os.path.join(folder, each.get("path", ""))
            if "path" in each and os.path.exists(layer):
                yield f"{layer}.metadata.json"
                yield layer


def _read_metadata(path: str) -> Mapping[str, Any]:
    try:
        with open(f"{path}.metadata.json", encoding="utf-8") as file:
            document = json.load(file)
        # Look up all keys here, so that callers can rely on them.
        keys = _FUNCTION_KEYS if document["kind"] == "function" else _LAYER_KEYS
        {key: document[key] for key in keys}
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        return document  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmulatorError(
            "This path is not a packaged function.\n\n"
            f"  {path}\n"
            f"  {type(error).__name__}: {error}\n\n"
            f"To fix, run `{pants_command('package')}`, which writes the zip and its metadata."
        ) from None


def _parse_runtime(runtime: str) -> tuple[int, int]:
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


def _find_root(path: str, layers: list[str], address: str) -> str:
    """The folder to which the paths of layers are relative: `dist/` if Pants wrote them there."""
    if not layers:
        return os.path.dirname(path)
    for folder in _parents(path):
        if all(os.path.exists(os.path.join(folder, each)) for each in layers):
            return folder
    raise EmulatorError(
        f"{address} attaches layers that do not exist.\n\n"
        + "".join(f"  {each}\n" for each in layers)
        + f"\nThe emulator looked for them in every folder above {path}.\n\n"
        f"To fix, run `{pants_command(f'package {address}')}`, which writes the function and its "
        "layers."
    )


def _read_code(path: str, recorded: str | None, address: str, *, function: str) -> Code:
    """The zip or folder at this path. Raises `ArtifactChanged` if a zip has another digest.

    `recorded` is the base64 of the SHA-256 digest in the function's metadata, `None` for a folder.
    """
    if recorded is None:
        return Code(path, "")
    expected = base64.b64decode(recorded).hex()
    try:
        found = file_sha256(path)
    except OSError as error:
        found = f"{type(error).__name__}: {error.strerror}"
    if found != expected:
        what = (
            f"The zip of {function} does not match its metadata."
            if address == function
            else f"{function} was built with another version of {address}."
        )
        raise ArtifactChanged(
            f"{what}\n\n"
            f"  {path}\n"
            f"  SHA-256 in the metadata  {expected}\n"
            f"  SHA-256 of the zip       {found}\n\n"
            f"To fix, run `{pants_command(f'package {function}')}`."
        )
    return Code(path, found)


def file_sha256(path: str) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


# Path, modification time, size and inode of each watched file.
Stamp = tuple[tuple[str, int, int, int], ...]


def read_stamp(path: str) -> Stamp:
    """A cheap value that changes when a build replaces the function or one of its layers."""
    found = []
    for each in sorted(set(watched_files(path))):
        try:
            stat = os.stat(each)
        except OSError:
            continue
        found.append((each, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)
