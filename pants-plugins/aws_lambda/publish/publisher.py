"""The process that publishes: the publisher's modules, boto3, and the user's AWS settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.base.build_root import BuildRoot
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.env_vars import CompleteEnvironmentVars
from pants.engine.fs import CreateDigest, Digest, FileContent, MergeDigests
from pants.engine.process import InteractiveProcess
from pants.util.frozendict import FrozenDict

from aws_lambda.artifact.errors import ConfigurationError, columns, describe
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    create_digest,
    implicitly,
    merge_digests,
    rule,
)
from aws_lambda.processes.tool_program import Library, LibraryRequest, install_library
from aws_lambda.publish.request_document import variables_in
from aws_lambda.subsystem import LambdaSubsystem

PUBLISHER = "aws_lambda_publisher"
REQUEST_FILE = "publish_request.json"
# The folder in the sandbox with a numbered folder for the artifacts of each target.
_TARGETS = "targets"

# The newest boto3 that runs on CPython 3.9, which Pants 2.17 runs on (November 2026), and the
# newest urllib3 that botocore accepts there.
_BOTO3 = Library(
    "boto3==1.42.97",
    (
        "botocore==1.42.97",
        "jmespath==1.1.0",
        "python-dateutil==2.9.0.post0",
        "s3transfer==0.16.1",
        "six==1.17.0",
        "urllib3==1.26.20",
    ),
)

# Variables, besides `AWS_*`, that boto3 or a `credential_process` of the user reads.
_VARIABLES = frozenset(
    {
        *("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"),
        *("all_proxy", "https_proxy", "http_proxy", "no_proxy"),
        *("BOTO_CONFIG", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"),
        *("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER", "XDG_RUNTIME_DIR"),
        *("DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK"),
    }
)
# Those of them that are paths. The process starts in a sandbox, where relative paths would fail.
_PATHS = frozenset(
    {
        *("AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
        *("AWS_WEB_IDENTITY_TOKEN_FILE", "BOTO_CONFIG", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
        *("SSL_CERT_DIR", "SSL_CERT_FILE"),
    }
)


class ConflictingModes(ConfigurationError):
    """Both `dry_run` and `check` are set. Each changes nothing, and has its own exit code.

    To fix, remove one of the options.
    """


class HiddenText(str):
    """The value of an environment variable, which may be a credential.

    Pants logs the representation of a process with `-ldebug`. This one does not show the value.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"


def select_variables(complete: Mapping[str, str], build_root: str) -> FrozenDict[str, str]:
    """Return the environment of the publisher, from the user's environment."""
    return FrozenDict(
        {
            name: HiddenText(_absolute(value, build_root) if name in _PATHS else value)
            for name, value in sorted(complete.items())
            if name.startswith("AWS_") or name in _VARIABLES
        }
    )


def _absolute(path: str, build_root: str) -> str:
    return path if not path or path.startswith("~") else os.path.join(build_root, path)


@dataclass(frozen=True)
class Publisher:
    """How to start the publisher, without a request.

    `digest` contains it and boto3. `variables` are the environment, and `of_template` the
    environment variables that `name_template` names. `own_python` starts Python without libraries.
    `mode` is `--dry-run`, `--check` or empty.
    """

    argv: tuple[str, ...]
    own_python: tuple[str, ...]
    digest: Digest
    variables: FrozenDict[str, str]
    of_template: FrozenDict[str, str]
    caches: FrozenDict[str, str]
    mode: tuple[str, ...]

    def process(self, digest: Digest) -> InteractiveProcess:
        """The process that publishes the request in `digest`, which contains this digest."""
        return InteractiveProcess(
            argv=(*self.argv, REQUEST_FILE, *self.mode),
            env=self.variables,
            input_digest=digest,
            append_only_caches=self.caches,
        )

    def process_for_all(
        self, artifacts: Sequence[Digest], request: str, *arguments: str
    ) -> InteractiveProcess:
        """The process that publishes these artifacts. `request` is an absolute path."""
        return InteractiveProcess(
            argv=(*self.argv, request, *self.mode, *arguments),
            env=self.variables,
            input_digest=self.digest,
            immutable_input_digests={
                f"{_TARGETS}/{number}": digest for number, digest in enumerate(artifacts)
            },
            append_only_caches=self.caches,
        )


@dataclass(frozen=True)
class PublisherRequest:
    """A request for the publisher. All targets share it."""


@dataclass(frozen=True)
class PublisherModules:
    digest: Digest


# Links the artifacts of all targets into the folder of the request, and publishes.
_START = f"""\
import os, shutil, sys
from {PUBLISHER}.command import main

if os.path.isabs(sys.argv[1]):
    shutil.copy(sys.argv[1], "{REQUEST_FILE}")
    sys.argv[1] = "{REQUEST_FILE}"
for number in sorted(os.listdir("{_TARGETS}")) if os.path.isdir("{_TARGETS}") else ():
    root = os.path.abspath(os.path.join("{_TARGETS}", number))
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            link = os.path.relpath(path, root)
            if not os.path.lexists(link):
                os.makedirs(os.path.dirname(link) or ".", exist_ok=True)
                os.symlink(path, link)
main()
"""


@rule
async def load_publisher() -> PublisherModules:
    """Load the modules of the publisher, without its tests."""
    contents = [
        FileContent(f"{PUBLISHER}/{each.name}", each.read_bytes())
        for each in sorted(files(PUBLISHER).iterdir(), key=str)
        if each.name.endswith(".py")
    ]
    start = FileContent("publish.py", _START.encode())
    return PublisherModules(await create_digest(CreateDigest([start, *contents])))


@rule
async def prepare_publisher(
    _: PublisherRequest,
    options: LambdaSubsystem,
    complete: CompleteEnvironmentVars,
    pex_environment: PexEnvironment,
    build_root: BuildRoot,
    own_python: PythonBuildStandaloneBinary,
) -> Publisher:
    if options.dry_run and options.check:
        raise ConflictingModes(_conflicting_modes())
    resolve = options.publish_resolve or options.tools_resolve
    option = "publish_resolve" if options.publish_resolve else "tools_resolve"
    modules, tool = await concurrently(
        load_publisher(),
        install_library(
            LibraryRequest(_BOTO3, resolve, option if resolve else "publish_resolve"),
            **implicitly(),
        ),
    )
    caches = pex_environment.in_sandbox(working_directory=None).append_only_caches
    names = variables_in(options.name_template)
    return Publisher(
        argv=(tool.venv.python.argv0, "publish.py"),
        own_python=(own_python.path, "-I", "-S"),
        digest=await merge_digests(MergeDigests([modules.digest, tool.venv.digest])),
        variables=select_variables(complete, build_root.path),
        of_template=FrozenDict({each: complete[each] for each in names if each in complete}),
        caches=FrozenDict({**caches, **(tool.venv.append_only_caches or {})}),
        mode=("--dry-run",) if options.dry_run else ("--check",) if options.check else (),
    )


def _conflicting_modes() -> str:
    return describe(
        "The options `dry_run` and `check` of `[aws-lambda]` exclude each other.",
        facts=columns(
            [
                ("--aws-lambda-dry-run", "prints the changes, and exits with 2 if there are any"),
                ("--aws-lambda-check", "exits with 1 if AWS differs from the artifacts"),
            ]
        ),
        fix="remove one of them.",
    )


def rules() -> Iterable[Any]:
    return collect_rules()
