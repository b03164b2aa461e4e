"""Modules with the name of a standard library module: L007.

Python imports only one of the two, and which one depends on the name.
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.standard_library import PRELOADED_MODULES, public_standard_library


def check_hidden_modules(
    files: Iterable[ArtifactFile], *, root: str, python: tuple[int, int]
) -> Iterable[Finding]:
    """L007: top-level modules with the name of a public standard library module.

    `root` is the folder of importable code in the artifact, `""` for a function. Yield one finding
    per name, sorted by name.
    """
    prefix = f"{root}/" if root else ""
    names = public_standard_library(python)
    found: dict[str, ArtifactFile] = {}
    for file in files:
        if file.path.startswith(prefix):
            top = _top_module(file.path[len(prefix) :])
            if top in names:
                found.setdefault(top, file)
    version = ".".join(map(str, python))
    for name, file in sorted(found.items()):
        imported = (
            "the standard library's, which Python has already loaded"
            if name in PRELOADED_MODULES
            else "this file, since Lambda searches functions and layers first"
        )
        yield Finding(
            "L007",
            name,
            f"{file.source} has the name of the standard library module `{name}`, and Python "
            f"imports only one of them: {imported}.",
            (
                f"remove {file.owner.project} from the dependencies: Python {version} contains the "
                "module."
                if file.is_third_party
                else "rename the file."
            ),
        )


def _top_module(path: str) -> str:
    """The top-level module that Python would import from a path, or `""`.

    A folder without `__init__` hides nothing, since Python prefers any later module to it.
    """
    top, slash, inner = path.partition("/")
    name = inner if slash else top
    stem, _, suffix = name.partition(".")
    if not (suffix in ("py", "pyc") or f".{suffix}".endswith(".so")) or (
        slash and stem != "__init__"
    ):
        return ""
    return top if slash else stem
