"""The options `[aws-lambda]` of pants.toml.

The help texts are also the reference: docs/reference/options.md.
"""

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
from pants.util.strutil import softwrap

from aws_lambda.artifact.findings import Severity, parse_checks
from aws_lambda.artifact.options import (
    BytecodeMode,
    parse_bytecode_mode,
    parse_interpreters,
    parse_share,
)
from aws_lambda.artifact.platforms.runtimes import Architecture, Runtime, known_runtimes


class LambdaSubsystem(Subsystem):
    options_scope = "aws-lambda"
    help = "Options of the targets `lambda_function` and `lambda_layer`."

    default_runtime = StrOption(
        default=None,
        help=softwrap("""
            The runtime of targets that set none and whose interpreter constraints allow several
            minor versions of Python, such as `python3.13`.
            """),
    )
    default_architecture = StrOption(
        default=Architecture.X86_64.value,
        help="The architecture of targets that set none: `x86_64` or `arm64`.",
    )
    extra_runtimes = DictOption[Any](
        help=softwrap("""
            Runtimes that AWS has added since this version of the backend, or changes to the
            runtimes that it knows: `{"python3.16": {"glibc": "2.34"}}`.

            An entry contains the version of the C library, `glibc`. It may also contain `patch`,
            `end_of_support`, such as `2030-06-30`, and `operating_system`.
            """),
    )

    namespace_packages = StrListOption(
        help=softwrap("""
            First-party packages that several artifacts share, such as `acme`. Every artifact leaves
            out the `__init__.py` of these packages, which must contain nothing but comments. Python
            then finds modules of the package in all artifacts.
            """),
    )
    provided = StrListOption(
        help=softwrap("""
            Distributions that the runtime contains, for targets that do not set `provided`.
            `aws-sdk` means boto3 and its requirements.
            """),
    )

    bytecode = StrOption(
        default=BytecodeMode.REACHABLE.value,
        help=softwrap("""
            The modules that get bytecode, for targets that do not set `bytecode`: `reachable`, the
            modules that the handler's imports may reach; `all`; or `none`.
            """),
    )
    bytecode_interpreters = DictOption[str](
        help=softwrap("""
            The exact version of CPython that compiles bytecode for a runtime:
            `{"python3.13": "3.13.9"}`. No other version compiles for this runtime, so that zips are
            equal on all machines that have the same build of it.

            By default, the newest release of the runtime's minor version that Pants finds.
            """),
    )

    check_requires_interpreter = BoolOption(
        default=False,
        help=softwrap("""
            Fail `check` if this machine has no CPython of a function's minor version, for CI. By
            default, `check` skips such a function and reports it.
            """),
    )
    templates = StrListOption(
        help=softwrap("""
            Deployment templates that `check` compares with the artifacts of their functions: paths
            or globs from the root of the repository, such as `template.yaml`. A template is in the
            format of AWS SAM, CloudFormation or the Serverless Framework, or of a CDK cloud
            assembly.
            """),
    )
    checks = DictOption[str](
        help=softwrap("""
            Severity of each check, by code: `{"L007": "error"}`. A severity is `error`, `warning`,
            `info` or `off`. `lambda-explain` describes each check.
            """),
    )
    lock_sources = DictOption[str](
        help=softwrap("""
            The lock of another tool that a resolve's lockfile must agree with:
            `{"python-default": "uv.lock"}`. The file is a `uv.lock`, `poetry.lock`, `pylock.toml`,
            `Pipfile.lock` or a requirements file with pinned versions, such as that of
            `pip-compile`. Its path begins at the root of the repository.

            `check` then compares the lockfile with this file, on the platforms of the functions
            that it starts. Different versions are an error. Distributions that only the lockfile
            has, or that the file does not pin, are a note.
            """),
    )
    size_warning = FloatOption(
        default=0.8,
        help=softwrap("""
            Fraction of AWS's 250 MiB unzipped limit above which `package` reports L013.
            """),
    )
    sbom = BoolOption(
        default=False,
        help=softwrap("""
            Write a bill of materials for each artifact next to it: `<zip>.cdx.json`, in CycloneDX's
            format.
            """),
    )
    tools_resolve = StrOption(
        default=None,
        help=softwrap("""
            The resolve whose lockfile contains the libraries that check and describe artifacts:
            `pyelftools`; for `sbom`, `cyclonedx-python-lib`; for templates, `ruamel.yaml` and
            `tomlkit`; for `lock_sources` in TOML, `tomli`.

            By default, pinned versions are installed from the package index.
            """),
    )

    dry_run = BoolOption(
        default=False,
        help=softwrap("""
            With `publish`: print the changes that it would make, and make none. The exit code is 2
            if there are changes, and 0 otherwise.
            """),
    )
    check = BoolOption(
        default=False,
        help=softwrap("""
            With `publish`: compare functions in AWS with their artifacts, and change nothing. The
            exit code is 1 if they differ.
            """),
    )
    publish_version = BoolOption(
        default=False,
        help="With `publish`: publish a version of each function that changes.",
    )
    alias = StrOption(
        default=None,
        help=softwrap("""
            With `publish`: publish a version of each function, and move this alias to it. Traffic
            then changes in one call.
            """),
    )
    smoke_event = StrOption(
        default=None,
        help=softwrap("""
            With `publish` and `alias`: a JSON file with an event. `publish` invokes the new version
            with it. If the function fails, the alias does not move. The path begins at the root of
            the repository.
            """),
    )
    role = StrOption(
        default=None,
        help=softwrap("""
            With `publish`: the ARN of the execution role for functions that do not exist in AWS,
            which `publish` then creates. By default, such a function is an error, which shows the
            commands that package and create it.
            """),
    )
    replace_layers = BoolOption(
        default=False,
        help=softwrap("""
            With `publish`: remove layers that others have attached to a function, such as
            monitoring layers. By default, they stay.
            """),
    )
    s3_bucket = StrOption(
        default=None,
        help=softwrap("""
            With `publish`: the bucket for zips over 52,428,800 bytes, which AWS accepts from S3
            only.
            """),
    )
    name_template = StrOption(
        default="{name}",
        help=softwrap("""
            With `publish`: the name in AWS of each function and layer. `{name}` is the value of
            `function_name` or `layer_name`, and `{env.STAGE}` is the environment variable `STAGE`:
            `{name}-{env.STAGE}`.
            """),
    )
    publish_resolve = StrOption(
        default=None,
        help=softwrap("""
            The resolve whose lockfile contains `boto3`, with which `publish` calls AWS. By default,
            `tools_resolve`. Without either, a pinned version is installed from the package index.
            """),
        advanced=True,
    )

    tailor = BoolOption(
        default=True,
        help=softwrap("""
            Add `lambda_function` targets for handlers, and `resources` targets for the data files
            next to them, with the goal `tailor`.
            """),
        advanced=True,
    )

    @property
    def bytecode_mode(self) -> BytecodeMode:
        """Raises `InvalidBytecode`."""
        return parse_bytecode_mode(self.bytecode)

    @property
    def compilers(self) -> Mapping[str, tuple[int, ...]]:
        """The versions of CPython that may compile, by runtime. Raises `InvalidBytecode`."""
        return parse_interpreters(self.bytecode_interpreters)

    @property
    def share_to_warn_from(self) -> float:
        """A fraction of AWS's limit for unzipped code. Raises `InvalidSizeWarning`."""
        return parse_share(self.size_warning)

    @property
    def severities(self) -> Mapping[str, Severity]:
        """The severity of every check. Raises `InvalidChecks`."""
        return parse_checks(self.checks)

    @property
    def runtimes(self) -> tuple[Runtime, ...]:
        """The known runtimes, oldest first. Raises `InvalidExtraRuntime`."""
        return known_runtimes(self.extra_runtimes)
