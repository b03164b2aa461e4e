"""The function or layer that is built, as the request of every stage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pants.engine.addresses import Address
from pants.engine.target import Target, WrappedTargetRequest

from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import implicitly, resolve_target


@dataclass(frozen=True)
class BuildSubject:
    """A function or layer to build.

    `platform_override` replaces the target's own platform, to run the function on this machine.
    """

    address: Address
    platform_override: TargetPlatform | None = None

    def at(self, address: Address) -> BuildSubject:
        """Another target, built for the same platform."""
        return replace(self, address=address)


async def find_target(subject: BuildSubject) -> Target:
    wrapped = await resolve_target(
        WrappedTargetRequest(subject.address, description_of_origin="aws_lambda"), **implicitly()
    )
    return wrapped.target
