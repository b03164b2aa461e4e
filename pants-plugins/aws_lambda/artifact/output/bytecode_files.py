"""The bytecode of an artifact: its modules, its paths, and the interpreter that compiled it.

Python finds bytecode in `__pycache__` (PEP 3147). The backend writes unchecked, hash-based bytecode
(PEP 552), so Python does not compare it with the source.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aws_lambda.artifact.contents import (
    ArtifactFile,
    BytecodeOrigin,
    WheelOrigin,
)
from aws_lambda.artifact.errors import (
    CollisionError,
    ConfigurationError,
    Where,
    columns,
    describe,
    join_choices,
)
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.artifact_view import ArtifactView

# Folders of wheels that handlers rarely import and that contain a fifth of the code.
_TESTS = {"test", "tests"}
_RUNTIME = re.compile(r"python\d+\.\d+")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class InvalidBytecode(ConfigurationError):
    """The option `bytecode` or `bytecode_interpreters` has a value that cannot be used. `bytecode`
    is `reachable`, `all` or `none`, and `bytecode_interpreters` maps a runtime to an exact version
    of its Python.

    To fix, set `bytecode = "reachable"`, or write the entry as `"python3.13" = "3.13.9"`.
    """


class BytecodeOfAnotherSource(CollisionError):
    """The bytecode of one attached layer would run instead of the source of another one. Lambda
    unpacks both layers into one folder.

    To fix, put the module into one layer, or set `bytecode="none"` on the earlier one.
    """


class BytecodeMode(Enum):
    """The modules of an artifact that get bytecode."""

    REACHABLE = "reachable"
    ALL = "all"
    NONE = "none"


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


def parse_bytecode_mode(value: str) -> BytecodeMode:
    """The option `bytecode`. Raises `InvalidBytecode` if it is not one of the choices."""
    try:
        return BytecodeMode(value)
    except ValueError:
        raise InvalidBytecode(
            describe(
                "The option `[aws-lambda].bytecode` has an unknown value.",
                facts=[f"bytecode = {value!r}"],
                fix=f"set it to {join_choices(each.value for each in BytecodeMode)}.",
            )
        ) from None


def parse_interpreters(entries: Mapping[str, object]) -> Mapping[str, tuple[int, ...]]:
    """The option `bytecode_interpreters`: the exact version of the compiler, by runtime.

    Raises `InvalidBytecode` with all entries that are not a runtime and an exact version of its
    Python.
    """
    wrong = [
        f"{runtime!r} = {version!r}"
        for runtime, version in entries.items()
        if not _RUNTIME.fullmatch(runtime)
        or not _VERSION.fullmatch(str(version))
        or not str(version).startswith(f"{runtime[len('python') :]}.")
    ]
    if wrong:
        raise InvalidBytecode(
            describe(
                "The option `[aws-lambda].bytecode_interpreters` has entries that cannot be used.",
                facts=wrong,
                fix='map a runtime to an exact version of its Python: {"python3.13" = "3.13.9"}.',
            )
        )
    return {name: tuple(map(int, str(each).split("."))) for name, each in entries.items()}


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


def check_hidden_sources(layers: Sequence[tuple[ArtifactView, Bytecode]], *, where: Where) -> None:
    """Refuse layers if the bytecode of one would be next to another one's source of the module.

    `layers` are in AWS's order. Lambda unpacks them into one folder, where later layers overwrite
    earlier ones, and Python does not compare bytecode with the source. Raises
    `BytecodeOfAnotherSource` with all such modules.
    """
    # Paths of sources, each with the SHA-256 and the address of the layer.
    sources: dict[str, tuple[str, str]] = {}
    compiled: dict[str, tuple[str, str]] = {}
    for layer, bytecode in layers:
        with_bytecode = {_source_path(file.path) for file in bytecode.files}
        for file in layer.files:
            if is_module(file.path):
                sources[file.path] = (file.sha256, layer.address)
                if file.path in with_bytecode:
                    compiled[file.path] = sources[file.path]
    rows = [
        (path, f"bytecode of {earlier}", f"source of {sources[path][1]}")
        for path, (sha256, earlier) in sorted(compiled.items())
        if sources[path][0] != sha256
    ]
    if rows:
        raise BytecodeOfAnotherSource(
            describe(
                f"{where.at_start} attaches layers in which the bytecode of one would hide the "
                "source of another.",
                facts=columns(rows),
                why="Lambda unpacks them into one folder, where later layers overwrite earlier "
                "ones, and Python runs the bytecode that it finds there.",
                fix='put these files into one layer, or set `bytecode="none"` on the earlier one.',
            )
        )


def _source_path(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder[: -len('__pycache__')]}{name.partition('.')[0]}.py"


def check_compiler(
    runtime: str, compiler: str | None, *, because: str, is_pinned: bool
) -> Iterable[Finding]:
    """L023: no compiler was found. L024: the compiler's exact version is not pinned.

    `compiler` is a version such as "CPython 3.13.9", or `None`, and `because` is then the reason.
    """
    if compiler is None:
        yield Finding(
            "L023",
            runtime,
            f"There is no bytecode, since {because}. Every cold start compiles its imports.",
            "install that version where Pants looks for it (`[python-bootstrap]`), or set "
            '`bytecode="none"`.',
        )
    elif not is_pinned:
        yield Finding(
            "L024",
            runtime,
            f"{compiler} compiled the bytecode, and other patch releases may write other bytes.",
            f'pin it: `bytecode_interpreters = {{"{runtime}" = "{compiler.rpartition(" ")[2]}"}}`.',
        )
