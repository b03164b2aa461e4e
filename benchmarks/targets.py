"""The performance targets of this backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.assembler import COPY, CPU, MEMORY
from benchmarks.builds import COLD, NOTHING, ONE_LINE, SHARED
from benchmarks.measurements import Key, Measurements
from benchmarks.ratios import Spread, ratios, spread

_NONE = "ours, no bytecode"


class Target(NamedTuple):
    """The upper limit of a ratio between two values of the same round, `over` and `under`.

    Without `under`, it is the limit of `over` itself. `per` is the number of functions that `over`
    is the value of.
    """

    name: str
    over: Key
    under: Key | None
    at_most: float
    per: int = 1
    unit: str = ""

    def measured_ratio(self, measured: Measurements) -> Spread | None:
        """The measured ratio. `None` if a value was not measured."""
        if self.over not in measured or (self.under and self.under not in measured):
            return None
        over = [value / self.per for value in measured[self.over].scaled()]
        return ratios(over, measured[self.under].scaled()) if self.under else spread(over)


def _targets() -> Iterator[Target]:
    def edit(name: str, work: str, peer: str, at_most: float) -> Target:
        ours, other = (Key(work, ONE_LINE, each) for each in ("ours", peer))
        return Target(name, ours, other, at_most)

    yield edit("five distributions, one-line edit / Pants' own", "bundled5", "pants", 0.07)
    yield edit("five distributions, one-line edit / uv and zip", "bundled5", "uv", 0.20)
    yield edit(
        "five distributions, one-line edit / a process that writes the file",
        "bundled5",
        "floor",
        1.25,
    )
    yield edit(
        "five distributions, one-line edit / `sam build --cached`", "bundled5", "sam-cached", 0.20
    )
    yield edit("the same in a layer, one-line edit / Pants' own, bundled", "split5", "pants", 0.04)
    yield Target(
        "five distributions, nothing changed / Pants' own through its Python entry point",
        Key("bundled5", NOTHING, "ours"),
        Key("bundled5", NOTHING, "pants-python"),
        0.35,
    )
    yield Target(
        "five distributions, cold / Pants' own",
        Key("bundled5", COLD, "ours"),
        Key("bundled5", COLD, "pants"),
        0.30,
    )
    yield edit("200 MB of distributions, one-line edit / Pants' own", "heavy", "pants", 0.08)
    yield Target(
        "100 functions, cold / Pants' own (10 functions × 10)",
        Key("fleet100", COLD, "ours"),
        Key("fleet100", COLD, "pants"),
        0.04,
    )
    yield Target(
        "100 functions, edit of a shared module, per function / edit of one handler",
        Key("fleet100", SHARED, "ours"),
        Key("fleet100", ONE_LINE, "ours"),
        0.15,
        per=100,
    )
    yield Target(
        "import of the handler, reachable bytecode / none",
        Key("coldstart", "import", "ours"),
        Key("coldstart", "import", _NONE),
        0.40,
    )
    for work, name in (("bundled5", "five distributions"), ("heavy", "200 MB of distributions")):
        yield Target(
            f"unzipped size of {name}, reachable bytecode / none",
            Key("size", work, "ours"),
            Key("size", work, _NONE),
            1.15,
        )
    yield Target(
        "200 MB of distributions: CPU time of the assembler / wall time of `cat`",
        Key("assembler", CPU, "ours"),
        Key("assembler", COPY, "ours"),
        4.0,
    )
    yield Target(
        "200 MB of distributions: peak memory of the assembler above an idle Python",
        Key("assembler", MEMORY, "ours"),
        None,
        64.0,
        unit=" MiB",
    )


TARGETS = tuple(_targets())
