"""Better fixes for imports that fail because of a field: `exclude` or `check_env`.

Locking or owning a module does not help if the target itself leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import OmittedFiles
from aws_lambda.artifact.findings import Finding

REMOVE_PYTHONPATH = (
    "remove PYTHONPATH from `check_env` and from the function's configuration in AWS: if it is "
    "set, Lambda adds neither the layers' folders nor their `.pth` files to Python's path."
)


def keep_pth_file(file: ArtifactFile, where: Where) -> str:
    """The fix for an import that fails only because `exclude` leaves out a `.pth` file."""
    return (
        f"keep {file.source}, through which Python finds it: the `exclude` of {where} leaves it "
        "out."
    )


def replace_fixes(
    findings: Iterable[Finding], without_cause: Iterable[Finding], fix: str
) -> tuple[Finding, ...]:
    """The findings, with `fix` on those that are not in `without_cause`.

    `without_cause` are the findings that remain if a possible cause is removed.
    """
    others = {(each.code, each.subject) for each in without_cause}
    return tuple(
        each if (each.code, each.subject) in others else replace(each, fix=fix) for each in findings
    )


def explain_exclusions(
    findings: Iterable[Finding], left_out: Iterable[OmittedFiles], root: str
) -> Iterable[Finding]:
    """The findings, with L005 and L025 adapted to modules that `exclude` leaves out.

    L005 gets a fix that names the entry of `exclude`. L025 is dropped, since code that names a
    module which the target excludes does so on purpose.
    """
    entries = excluded_modules(left_out, root)
    for finding in findings:
        if finding.code == "L025" and finding.subject in entries:
            continue
        entry = entries.get(finding.subject) if finding.code == "L005" else None
        fix = f"correct the entry {entry!r} of `exclude`, which leaves it out."
        yield replace(finding, fix=fix) if entry else finding


def excluded_modules(left_out: Iterable[OmittedFiles], root: str) -> Mapping[str, str]:
    """The dotted names of the modules that `exclude` leaves out, mapped to its entries.

    `root` is the folder of importable code in the artifact, `""` for a function.
    """
    return {
        module: each.entry
        for each in left_out
        for file in each.files
        for module in _modules_of(file.path[len(root) + 1 :] if root else file.path)
    }


def _modules_of(path: str) -> Iterable[str]:
    """The module in a file, and the packages that contain it."""
    if path.endswith((".py", ".so")):
        steps = path.split("/")
        names = [*steps[:-1], steps[-1].partition(".")[0]]
        yield from (".".join(names[: i + 1]) for i in range(len(names)))
