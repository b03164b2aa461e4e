"""The machine on which Pants runs, which may differ from the platforms that it builds for.

A function runs locally as it is if one of its platforms is this machine's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.platforms.runtimes import Architecture

_SYSTEMS = {"darwin": "macOS", "linux": "Linux"}


@dataclass(frozen=True)
class Host:
    """The machine on which Pants runs. `system` is a value of the marker `sys_platform`."""

    system: str
    architecture: Architecture

    @property
    def is_linux(self) -> bool:
        return self.system == "linux"

    def select_runnable(
        self, platforms: Iterable[CompletePlatform]
    ) -> tuple[CompletePlatform, ...]:
        """Return the platforms that this machine can run, the oldest Python first.

        They have its system and its processor. Its C library may be older than theirs, which is not
        checked.
        """
        runnable = (
            each
            for each in platforms
            if each.markers.get("sys_platform") == self.system
            and _processor(each) == self.architecture.value
        )
        return tuple(sorted(runnable, key=lambda each: each.python))

    def describe_override(self, address: str, platforms: Iterable[CompletePlatform]) -> str:
        """Return a sentence that Pants built a target of these platforms for this machine.

        `address` is the address of the target.
        """
        own_platforms = tuple(platforms)
        systems = {each.markers.get("sys_platform", "") for each in own_platforms}
        if self.system in systems:
            built_for = {_processor(each) for each in own_platforms}
            here = f"is {self.architecture.value}"
        else:
            built_for = {_SYSTEMS.get(system, system) for system in systems}
            here = f"runs {_SYSTEMS[self.system]}"
        return (
            f"{address} is for {' and '.join(sorted(built_for))}. This machine {here}, so Pants "
            "built the function for this machine."
        )


def _processor(platform: CompletePlatform) -> str:
    """Return AWS's name of the processor, or Python's if AWS does not offer it."""
    machine = platform.markers.get("platform_machine", "")
    known = Architecture.of_machine(machine)
    return known.value if known else machine
