"""How big a function may be, and what makes it so."""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda.artifact.errors import ChecksError, ConfigurationError, Where, columns, describe
from aws_lambda.artifact.output.manifest import Manifest, human_bytes

# Function, layers and custom runtime, unzipped: AWS's quota page `gettingstarted-limits`, and its
# error "Unzipped size must be smaller than 262144000 bytes"; read in November 2026.
MOST_UNZIPPED_BYTES = 262_144_000
_SHOWN = 10


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
    """The option `size_warning`. Raises `InvalidSizeWarning` if it is no share of a whole."""
    if not 0 < share <= 1:
        raise InvalidSizeWarning(
            describe(
                "The option `[aws-lambda].size_warning` is no share of the limit.",
                facts=[f"size_warning = {share}"],
                fix="set a number above 0 and up to 1, such as 0.8 for 80 per cent.",
            )
        )
    return share


def check_size(function: Manifest, layers: Sequence[Manifest], *, where: Where) -> None:
    """Raise `TooBig`, with the biggest distributions, if AWS would refuse the function."""
    artifacts = (function, *layers)
    total = sum(each.unzipped_bytes for each in artifacts)
    if total <= MOST_UNZIPPED_BYTES:
        return
    biggest = sorted(
        (-artifact.bytes_of(distribution), str(distribution), artifact.address)
        for artifact in artifacts
        for distribution in artifact.distributions
    )[:_SHOWN]
    raise TooBig(
        describe(
            f"{where.at_start} has {total:,} bytes unzipped"
            f"{' with its layers' if layers else ''}, and AWS takes {MOST_UNZIPPED_BYTES:,}.",
            facts=columns([(human_bytes(-size), name, place) for size, name, place in biggest]),
            why="These are its biggest distributions; moving them into a layer saves nothing.",
            fix=(
                'leave some out (`exclude=["tests"]`, `dependencies=["!!…"]`, '
                '`provided=["aws-sdk"]`), split the function, or deploy it as a container image.'
            ),
        )
    )
