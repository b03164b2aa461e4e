"""The machine on which Pants itself runs, and what it can run of what is built for Lambda."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.platforms.runtimes import Architecture

_SYSTEMS = {"darwin": "macOS", "linux": "Linux"}


@dataclass(frozen=True)
class Host:
    """This machine; `system` is what Python calls it, as in the marker `sys_platform`."""

    system: str
    architecture: Architecture

    @property
    def is_linux(self) -> bool:
        return self.system == "linux"

    def select_runnable(
        self, platforms: Iterable[CompletePlatform]
    ) -> tuple[CompletePlatform, ...]:
        """Those of the platforms that this machine is, the one of the oldest Python first.

        They are told by system and processor; whether its C library is new enough, nobody asks.
        """
        fit = (
            each
            for each in platforms
            if each.markers.get("sys_platform") == self.system
            and _processor(each) == self.architecture.value
        )
        return tuple(sorted(fit, key=lambda each: each.python))

    def describe_override(self, address: str, platforms: Iterable[CompletePlatform]) -> str:
        """Says that a target which is for these platforms was built for this machine instead."""
        theirs = tuple(platforms)
        systems = {each.markers.get("sys_platform", "") for each in theirs}
        if self.system in systems:
            built_for = {_processor(each) for each in theirs}
            here = f"is {self.architecture.value}"
        else:
            built_for = {_SYSTEMS.get(system, system) for system in systems}
            here = f"runs {_SYSTEMS[self.system]}"
        return (
            f"{address} is built for {' and '.join(sorted(built_for))}; this machine {here}, so "
            "the same function was built for it."
        )


def _processor(platform: CompletePlatform) -> str:
    """What AWS calls it or, if it has nothing of the kind, what Python does."""
    machine = platform.markers.get("platform_machine", "")
    known = Architecture.of_machine(machine)
    return known.value if known else machine
