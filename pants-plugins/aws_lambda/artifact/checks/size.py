"""AWS's limit for the unzipped size of a function with its layers: `TooBig` and L013."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.errors import ChecksError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.output.manifest import Manifest, format_bytes

# Function, layers and custom runtime, unzipped: AWS's quota page `gettingstarted-limits`, and its
# error "Unzipped size must be smaller than 262144000 bytes"; read in November 2026.
MAX_UNZIPPED_BYTES = 262_144_000
_MAX_SHOWN = 10


class TooBig(ChecksError):
    """A function with its layers, or a layer, is larger than the 250 MiB that AWS accepts unzipped.

    To fix, leave distributions or files out with `exclude`, `!!` in `dependencies` or `provided`,
    split the function, or deploy it as a container image. Moving code into a layer saves nothing.
    """


def check_size(function: Manifest, layers: Sequence[Manifest], *, where: Where) -> None:
    """Raise `TooBig`, with the largest distributions, if AWS would reject the function."""
    artifacts = (function, *layers)
    total = sum(each.unzipped_bytes for each in artifacts)
    if total <= MAX_UNZIPPED_BYTES:
        return
    largest = sorted(
        (-artifact.bytes_of(distribution), str(distribution), artifact.address)
        for artifact in artifacts
        for distribution in artifact.distributions
    )[:_MAX_SHOWN]
    raise TooBig(
        describe(
            f"{where.at_start} has {total:,} bytes unzipped"
            f"{' with its layers' if layers else ''}, and AWS accepts {MAX_UNZIPPED_BYTES:,}.",
            facts=columns([(format_bytes(-size), name, place) for size, name, place in largest]),
            why="These are its largest distributions. Moving them into a layer saves nothing.",
            fix=(
                'leave some out (`exclude=["tests"]`, `dependencies=["!!…"]`, '
                '`provided=["aws-sdk"]`), split the function, or deploy it as a container image.'
            ),
        )
    )


def check_size_share(
    unzipped_bytes: int, share: float, *, with_layers: bool, where: Where
) -> Iterable[Finding]:
    """L013: an artifact that uses more than `share`, a fraction, of the limit.

    `unzipped_bytes` is the size of the artifact and of its layers. `with_layers` says that it has
    layers.
    """
    if unzipped_bytes > share * MAX_UNZIPPED_BYTES:
        layers = " with its layers" if with_layers else ""
        yield Finding(
            "L013",
            where.address,
            f"{where.at_start} has {format_bytes(unzipped_bytes)} unzipped{layers}, and AWS "
            f"accepts {format_bytes(MAX_UNZIPPED_BYTES)}.",
            "use `exclude` on its largest distributions, which its metadata lists.",
        )
