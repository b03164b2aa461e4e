"""The SDK that the runtime brings, and code that does not go with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import ChecksError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.reachability import MissingImport

# Up to this runtime, the botocore that Lambda brings imports names that urllib3 2 has not:
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
    """L015: a carried urllib3 2 gets under the runtime's botocore.

    `distributions` are those of the artifact and its layers. Raises `SdkTorn` where it is known to
    break.
    """
    carried = {each.name: each for each in distributions}
    urllib3 = carried.get("urllib3")
    if urllib3 is None or urllib3.version.startswith("1."):
        return ()
    # Whoever leaves boto3 to the runtime leaves its botocore there too.
    if "botocore" in carried or not {"boto3", "botocore"} & set(provided):
        return ()
    if python > _LAST_WITH_URLLIB3_1:
        return (
            Finding(
                "L015",
                "urllib3",
                f"{urllib3} is carried, and the runtime's botocore, whose version AWS moves, will "
                "use it.",
                "carry boto3 too, or list urllib3 in `provided`.",
            ),
        )
    raise SdkTorn(
        describe(
            f"{where.at_start} carries a urllib3 that the runtime's botocore cannot " "use.",
            facts=columns(
                [
                    ("carried", str(urllib3)),
                    ("runtime", f"python{python[0]}.{python[1]}, whose botocore needs urllib3 1"),
                ]
            ),
            why="Importing boto3 would fail: cannot import name 'DEFAULT_CIPHERS'.",
            fix=(
                "carry the SDK (take it out of `provided`), lock `urllib3<2`, or use python3.12 "
                "or newer."
            ),
        )
    )


def check_missing_sdk(
    imported: Iterable[str], locked: Iterable[str], provided: Iterable[str]
) -> tuple[Finding, ...]:
    """L016: an SDK that the code imports and that nobody brings, as far as is known."""
    known = {*locked, *provided}
    if "boto3" in known:  # It never comes without its botocore.
        return ()
    missing = sorted(set(imported) & {"boto3", "botocore"} - known)
    return tuple(
        Finding(
            "L016",
            name,
            f"{name} is imported, is not in the lockfile, and is not `provided`.",
            'lock it, or say `provided=["aws-sdk"]` to use the one of the runtime, whose version '
            "AWS moves.",
        )
        for name in missing
    )


def report_runtime_sdk(found: MissingImport, targets: Sequence[str]) -> Finding:
    """L016 for third-party code. `targets` are the addresses that bring what it imports."""
    file = found.importer.file if found.importer else None
    place = f"{file.path}:{found.line} of {file.owner}" if file else found.project
    carry = (
        f'`dependencies=["{targets[0]}"]`'
        if targets
        else f"{found.name} among the lockfile's requirements and its target in `dependencies`"
    )
    return Finding(
        "L016",
        found.name,
        f"{place} imports {found.name}, which neither the artifact nor its layers carry and "
        "`provided` does not list.",
        f'carry it with {carry}, or set `provided=["aws-sdk"]` to use the SDK of the runtime, '
        "whose version AWS moves.",
    )
