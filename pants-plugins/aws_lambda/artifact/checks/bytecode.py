"""Bytecode that is missing (L023), not reproducible (L024) or of another source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.errors import CollisionError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.output.bytecode_files import Bytecode, is_module


class BytecodeOfAnotherSource(CollisionError):
    """The bytecode of one attached layer would run instead of the source of another one. Lambda
    unpacks both layers into one folder.

    To fix, put the module into one layer, or set `bytecode="none"` on the earlier one.
    """


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
