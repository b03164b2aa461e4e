"""Code in `.pth` files, which Python runs before it imports the handler: L008."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.globs import escape_glob
from aws_lambda.artifact.imports.pth_files import PthLine
from aws_lambda.artifact.standard_library import standard_library
from aws_lambda.artifact.wheels.wheel import is_pth_code


def check_startup_code(
    files: Iterable[ArtifactFile],
    lines: Callable[[ArtifactFile], Sequence[str]],
    *,
    python: tuple[int, int],
    in_layer: bool = False,
    needed: Container[ArtifactFile] = (),
) -> Iterable[Finding]:
    """L008: `.pth` files with code that runs at every start.

    `lines` returns the lines of such a file that Python's `site` module does not ignore. Files in
    `needed`, on which an import depends, get no finding. The imports that depend on a layer's files
    are in functions, so they are unknown here, and the fix mentions them.
    """
    for file in files:
        hook = next((PthLine(file, line) for line in lines(file) if is_pth_code(line)), None)
        if hook is None or file in needed:
            continue
        entry = f'`exclude=["**/{escape_glob(file.path.rpartition("/")[2])}"]`'
        found = sorted(hook.findable_modules - standard_library(python))
        version = ".".join(map(str, python))
        yield Finding(
            "L008",
            file.owner.name,
            f"{file.source} runs code at every start of the function: `{_shortened(hook.line)}`.",
            (
                f"accept it with `ignore` if a function with this layer imports {found[0]}, which "
                f"Python {version} finds through it. Otherwise, exclude it: {entry}."
                if in_layer and found
                else f"exclude it if nothing needs it: {entry}."
            ),
        )


def _shortened(line: str) -> str:
    return line if len(line) <= 80 else f"{line[:77]}..."
