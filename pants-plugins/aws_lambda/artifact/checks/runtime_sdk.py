"""The AWS SDK of the runtime, and code that is incompatible with it or misses it: L015 and L016.

AWS updates the SDK of a runtime at any time, so using it means using an unknown version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import ChecksError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.reachability import MissingImport

# Up to this version of Python, the runtime's botocore imports names that urllib3 2 does not have:
# "cannot import name 'DEFAULT_CIPHERS'" (November 2026).
_LAST_WITH_URLLIB3_1 = (3, 10)


class SdkTorn(ChecksError):
    """An artifact for python3.10 or older contains urllib3 2, and takes the AWS SDK from the
    runtime. The botocore of these runtimes cannot import urllib3 2.

    To fix, remove the SDK from `provided`, lock `urllib3<2`, or use python3.12 or newer.
    """


def check_urllib3(
    distributions: Iterable[Distribution],
    provided: Iterable[str],
    python: tuple[int, int],
    *,
    where: Where,
) -> tuple[Finding, ...]:
    """L015: a urllib3 2 in the artifact or its layers that the runtime's botocore will import.

    `distributions` are those of the artifact and its layers, and `provided` are projects. Raises
    `SdkTorn` if the runtime's botocore is known to fail with it.
    """
    contained = {each.name: each for each in distributions}
    urllib3 = contained.get("urllib3")
    if urllib3 is None or urllib3.version.startswith("1."):
        return ()
    # A target that uses the runtime's boto3 uses its botocore as well.
    if "botocore" in contained or not {"boto3", "botocore"} & set(provided):
        return ()
    if python > _LAST_WITH_URLLIB3_1:
        return (
            Finding(
                "L015",
                "urllib3",
                f"{urllib3} is in the artifact or its layers, and the runtime's botocore, which "
                "AWS updates, will import it.",
                "add boto3 to the artifact as well, or list urllib3 in `provided`.",
            ),
        )
    raise SdkTorn(
        describe(
            f"{where.at_start} contains a urllib3 that the runtime's botocore cannot use.",
            facts=columns(
                [
                    ("distribution", str(urllib3)),
                    ("runtime", f"python{python[0]}.{python[1]}, whose botocore needs urllib3 1"),
                ]
            ),
            why="Importing boto3 would fail: cannot import name 'DEFAULT_CIPHERS'.",
            fix="remove the SDK from `provided`, lock `urllib3<2`, or use python3.12 or newer.",
        )
    )


def check_missing_sdk(
    imported: Iterable[str], locked: Iterable[str], provided: Iterable[str]
) -> tuple[Finding, ...]:
    """L016: an SDK that first-party code imports, and that is neither locked nor `provided`."""
    known = {*locked, *provided}
    if "boto3" in known:  # It requires botocore.
        return ()
    missing = sorted(set(imported) & {"boto3", "botocore"} - known)
    return tuple(
        Finding(
            "L016",
            name,
            f"The code imports {name}, which is neither in the lockfile nor in `provided`.",
            'lock it, or set `provided=["aws-sdk"]` to use the runtime\'s SDK, which AWS updates.',
        )
        for name in missing
    )


def report_runtime_sdk(found: MissingImport, targets: Sequence[str]) -> Finding:
    """L016 for an import in third-party code.

    `targets` are addresses of requirement targets for the SDK.
    """
    file = found.importer.file if found.importer else None
    place = f"{file.path}:{found.line} of {file.owner}" if file else found.project
    addition = (
        f'`dependencies=["{targets[0]}"]`'
        if targets
        else f"{found.name} to the lockfile's requirements and its target to `dependencies`"
    )
    return Finding(
        "L016",
        found.name,
        f"{place} imports {found.name}, which is not in the artifact, its layers or `provided`.",
        f'add {addition}, or set `provided=["aws-sdk"]` to use the runtime\'s SDK, which AWS '
        "updates.",
    )
