"""The words of a pants.toml author: the options of `[aws-lambda]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pants.option.option_types import (
    BoolOption,
    DictOption,
    FloatOption,
    StrListOption,
    StrOption,
)
from pants.option.subsystem import Subsystem

from aws_lambda.artifact.checks.size import parse_share
from aws_lambda.artifact.findings import Severity, parse_checks
from aws_lambda.artifact.output.bytecode_files import Mode, parse_interpreters, parse_mode
from aws_lambda.artifact.platforms.runtimes import Architecture, Runtime, known_runtimes


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
            '`{"python3.16": {"glibc": "2.34"}}`. Besides `glibc`, an entry may hold `patch`, '
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

    bytecode = StrOption(
        default=Mode.REACHABLE.value,
        help=(
            "Which modules get bytecode, in targets that do not say: `reachable` (what the "
            "handler's imports may reach), `all` or `none`."
        ),
    )
    bytecode_interpreters = DictOption[str](
        help=(
            "The exact version of CPython that may compile bytecode for a runtime: "
            '`{"python3.13": "3.13.9"}`. Others do not; so zips are equal on all machines that '
            "have the same build of it."
        ),
    )

    check_requires_interpreter = BoolOption(
        default=False,
        help=(
            "Fail `check` if this machine has no CPython of a function's minor version. By "
            "default, `check` skips such a function and reports it."
        ),
    )
    checks = DictOption[str](
        help=(
            'How grave a finding is, by its code: `{"L007": "error"}`. A severity is `error`, '
            "`warning`, `info` or `off`; `docs/reference/checks.md` has those of all checks."
        ),
    )
    size_warning = FloatOption(
        default=0.8,
        help="The share of the 250 MiB that AWS takes unzipped from which on artifacts get a "
        "finding.",
    )
    sbom = BoolOption(
        default=False,
        help="Whether each artifact gets a bill of materials beside it: `<zip>.cdx.json`, in "
        "CycloneDX's format.",
    )
    tools_resolve = StrOption(
        default=None,
        help=(
            "The resolve whose lockfile has the libraries with which artifacts are checked and "
            "described: `pyelftools` and, for `sbom`, `cyclonedx-python-lib`. Without it, pinned "
            "versions come from the package index."
        ),
    )

    @property
    def bytecode_mode(self) -> Mode:
        """Raises `InvalidBytecode`."""
        return parse_mode(self.bytecode)

    @property
    def compilers(self) -> Mapping[str, tuple[int, ...]]:
        """The versions that may compile, by runtime. Raises `InvalidBytecode`."""
        return parse_interpreters(self.bytecode_interpreters)

    @property
    def share_to_warn_from(self) -> float:
        """Of what AWS takes unzipped. Raises `InvalidSizeWarning`."""
        return parse_share(self.size_warning)

    @property
    def severities(self) -> Mapping[str, Severity]:
        """The severity of every check. Raises `InvalidChecks`."""
        return parse_checks(self.checks)

    @property
    def runtimes(self) -> tuple[Runtime, ...]:
        """The known runtimes, oldest first. Raises `InvalidExtraRuntime`."""
        return known_runtimes(self.extra_runtimes)
