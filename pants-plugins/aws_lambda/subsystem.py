"""The words of a pants.toml author: the options of `[aws-lambda]`."""

from __future__ import annotations

from typing import Any

from pants.option.option_types import DictOption, StrListOption, StrOption
from pants.option.subsystem import Subsystem

from aws_lambda.artifact.runtime import Architecture, Runtime, known_runtimes


class LambdaSubsystem(Subsystem):
    options_scope = "aws-lambda"
    help = "How Python is packaged for AWS Lambda."

    default_runtime = StrOption(
        default=None,
        help=(
            "The runtime of targets that set none and whose interpreter constraints do not name "
            "one minor version of Python, such as `python3.13`."
        ),
    )
    default_architecture = StrOption(
        default=Architecture.X86_64.value,
        help="The architecture of targets that set none: `x86_64` or `arm64`.",
    )
    extra_runtimes = DictOption[Any](
        help=(
            "Runtimes that AWS offers and this backend does not know yet, or knows wrongly: "
            '`{"python3.15": {"glibc": "2.34"}}`. Besides `glibc`, an entry may hold `patch`, '
            "`end_of_support` (as `2030-06-30`) and `operating_system`."
        ),
    )

    namespace_packages = StrListOption(
        help=(
            "First-party packages that several artifacts share, such as `acme`. Their "
            "`__init__.py`, where it holds nothing but comments, is left out of every artifact."
        ),
    )
    provided = StrListOption(
        help=(
            "Distributions that the runtime provides, for targets that do not set `provided`; "
            "`aws-sdk` stands for boto3 and what comes with it."
        ),
    )

    @property
    def runtimes(self) -> tuple[Runtime, ...]:
        """The known runtimes, oldest first. Raises `InvalidExtraRuntime`."""
        return known_runtimes(self.extra_runtimes)
