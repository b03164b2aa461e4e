"""Attached layers that share distributions or a folder: L009 and L010.

Lambda accepts such layers. The result is larger than it must be, or depends on the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding


def check_duplicate_distributions(
    duplicates: Iterable[tuple[str, Sequence[str]]],
) -> Iterable[Finding]:
    """L009: distributions that several attached layers contain, in one version.

    `duplicates` are pairs of a project and the addresses of its layers, in AWS's order.
    """
    for name, layers in duplicates:
        yield Finding(
            "L009",
            name,
            f"{name} is in several layers: {', '.join(layers)}.",
            f'keep it in one of them: set `layers=["{layers[0]}"]` on {layers[-1]}.',
        )


def check_unknown_layers(
    arns: Sequence[str], layers: Sequence[tuple[str, str]], *, where: Where
) -> Iterable[Finding]:
    """L010: layers attached by ARN that Lambda unpacks into the folder of the repository's layers.

    `layers` are the addresses of the repository's layers with third-party code, each with its
    folder of importable code.
    """
    shared = [address for address, root in layers if root == "python"]
    for arn in arns if shared else ():
        yield Finding(
            "L010",
            arn,
            f"{where.at_start} attaches {arn}, whose files are unknown, and {', '.join(shared)}: "
            "Lambda unpacks them into one folder, where files of later layers overwrite those of "
            "earlier ones.",
            "make sure that they share no path, or set `prefix` on your own layers, such as "
            '`prefix="python/lib/python3.13/site-packages"`.',
        )
