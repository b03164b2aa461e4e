"""The bytecode of an artifact: its modules, its paths, and the interpreter that compiled it.

Python finds bytecode in `__pycache__` (PEP 3147). The backend writes unchecked, hash-based bytecode
(PEP 552), so Python does not compare it with the source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    WheelOrigin,
)
from aws_lambda.artifact.options import BytecodeMode

# Folders of wheels that handlers rarely import and that contain a fifth of the code.
_TESTS = {"test", "tests"}


@dataclass(frozen=True)
class CompiledModule:
    """The bytecode of a module, deflated in a file with many modules.

    `data` is the offset of the deflated bytes, `packed` their count, and `size` that of the
    inflated bytes. `crc` and `sha256` (hex) are those of the inflated bytes.
    """

    data: int
    packed: int
    size: int
    crc: int
    sha256: str


@dataclass(frozen=True)
class Bytecode:
    """The bytecode in an artifact.

    `compiler` is the exact version, such as "CPython 3.13.9", or `None` if there was no compiler.
    """

    mode: BytecodeMode
    compiler: str | None = None
    files: tuple[ArtifactFile, ...] = ()

    @property
    def unzipped_bytes(self) -> int:
        return sum(file.size for file in self.files)

    def document(self) -> dict[str, Any]:
        """The value of `bytecode` in the metadata."""
        return {
            "mode": self.mode.value,
            "compiler": self.compiler,
            "modules": len(self.files),
            "unzipped_bytes": self.unzipped_bytes,
        }


def bytecode_path(path: str, python: tuple[int, int]) -> str:
    """The path at which Python looks for the bytecode of the source at `path`."""
    folder, slash, name = path.rpartition("/")
    tag = f"cpython-{python[0]}{python[1]}"
    return f"{folder}{slash}__pycache__/{name[: -len('.py')]}.{tag}.pyc"


def is_module(path: str) -> bool:
    """Whether Python would look for bytecode when it imports the file at `path`."""
    return path.endswith(".py")


def is_test(path: str) -> bool:
    """Whether a third-party module is in a folder of tests."""
    return not _TESTS.isdisjoint(path.split("/")[:-1])


def source_key(file: ArtifactFile, root: str) -> str:
    """The key of a source among compiled modules.

    It is an entry of a wheel, or a path below `root`, the folder of importable code, with the
    content. The path in the repository does not matter.
    """
    if isinstance(file.origin, WheelOrigin):
        return wheel_key(file.origin)
    return first_party_key(file.path[len(root) + 1 :] if root else file.path, file.sha256)


def wheel_key(origin: WheelOrigin) -> str:
    return f"{origin.wheel}!{origin.entry}"


def first_party_key(path: str, sha256: str) -> str:
    return f"{path} {sha256}"


def select_sources(
    files: Iterable[ArtifactFile],
    mode: BytecodeMode,
    reached: Collection[tuple[str, str]] | None,
    *,
    root: str,
) -> tuple[ArtifactFile, ...]:
    """The sources below `root` that get bytecode, in the order of `files`.

    `reached` are the modules of wheels that the handler may import, as pairs of wheel and entry.
    `None` means that they are unknown, so all modules except tests get bytecode. First-party code
    is in the artifact because it is imported, so all of it gets bytecode.
    """

    def is_selected(file: ArtifactFile) -> bool:
        origin = file.origin
        if not isinstance(origin, WheelOrigin):
            return not file.is_third_party
        if mode is BytecodeMode.ALL:
            return True
        is_reached = reached is None or (origin.wheel, origin.entry) in reached
        return is_reached and not is_test(origin.entry)

    if mode is BytecodeMode.NONE:
        return ()
    prefix = f"{root}/" if root else ""
    modules = (f for f in files if is_module(f.path) and f.path.startswith(prefix))
    return tuple(file for file in modules if is_selected(file))


def bytecode_file(
    file: ArtifactFile, archive: str, module: CompiledModule, python: tuple[int, int]
) -> ArtifactFile:
    """The bytecode of a source as a file of the artifact.

    `archive` is the path in the sandbox of the file that contains the bytecode.
    """
    return ArtifactFile(
        bytecode_path(file.path, python),
        module.sha256,
        module.size,
        False,
        file.owner,
        BytecodeOrigin(archive, module.data, module.packed, module.crc),
    )
