"""AWS's limit for the unzipped size of a function with its layers: `TooBig` and L013."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.errors import ChecksError, ConfigurationError, Where, columns, describe
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.output.manifest import Manifest, format_bytes

# Function, layers and custom runtime, unzipped: AWS's quota page `gettingstarted-limits`, and its
# error "Unzipped size must be smaller than 262144000 bytes"; read in November 2026.
MOST_UNZIPPED_BYTES = 262_144_000
_MOST_SHOWN = 10


class TooBig(ChecksError):
    """A function with its layers, or a layer, is larger than the 250 MiB that AWS accepts unzipped.

    To fix, leave distributions or files out with `exclude`, `!!` in `dependencies` or `provided`,
    split the function, or deploy it as a container image. Moving code into a layer saves nothing.
    """


class InvalidSizeWarning(ConfigurationError):
    """The option `size_warning` is not a number above 0 and up to 1.

    To fix, set it to a fraction of the limit, such as `0.8` for 80 percent.
    """


def parse_share(share: float) -> float:
    """The option `size_warning`, a fraction of the limit.

    Raises `InvalidSizeWarning` if it is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise InvalidSizeWarning(
            describe(
                "The option `[aws-lambda].size_warning` is not a fraction of the limit.",
                facts=[f"size_warning = {share}"],
                fix="set a number above 0 and up to 1, such as 0.8 for 80 percent.",
            )
        )
    return share


def check_size(function: Manifest, layers: Sequence[Manifest], *, where: Where) -> None:
    """Raise `TooBig`, with the largest distributions, if AWS would reject the function."""
    artifacts = (function, *layers)
    total = sum(each.unzipped_bytes for each in artifacts)
    if total <= MOST_UNZIPPED_BYTES:
        return
    largest = sorted(
        (-artifact.bytes_of(distribution), str(distribution), artifact.address)
        for artifact in artifacts
        for distribution in artifact.distributions
    )[:_MOST_SHOWN]
    raise TooBig(
        describe(
            f"{where.at_start} has {total:,} bytes unzipped"
            f"{' with its layers' if layers else ''}, and AWS accepts {MOST_UNZIPPED_BYTES:,}.",
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
    if unzipped_bytes > share * MOST_UNZIPPED_BYTES:
        layers = " with its layers" if with_layers else ""
        yield Finding(
            "L013",
            where.address,
            f"{where.at_start} has {format_bytes(unzipped_bytes)} unzipped{layers}, and AWS "
            f"accepts {format_bytes(MOST_UNZIPPED_BYTES)}.",
            "use `exclude` on its largest distributions, which its metadata lists.",
        )
