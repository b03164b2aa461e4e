"""The goal `lambda-serve`: serves packaged functions through AWS's Invoke API."""

from __future__ import annotations

import json
import logging
import shlex
from collections.abc import Iterable
from typing import Any

from aws_lambda_emulator.protocol import (
    CACHE_VARIABLE,
    DEFAULT_MEMORY_MB,
    DEFAULT_PORT,
    DEFAULT_TIMEOUT_SECONDS,
    FUNCTIONS_FILE,
    PANTS_VARIABLE,
)
from pants.base.build_root import BuildRoot
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.core.util_rules.distdir import DistDir
from pants.engine.env_vars import EnvironmentVarsRequest
from pants.engine.fs import AddPrefix, CreateDigest, FileContent, MergeDigests, Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcess
from pants.engine.target import FilteredTargets
from pants.option.global_options import GlobalOptions
from pants.option.option_types import (
    ArgsListOption,
    FloatOption,
    IntOption,
    StrListOption,
    StrOption,
)

from aws_lambda.artifact.commands import pants_command, pants_name
from aws_lambda.artifact.errors import ConfigurationError, describe
from aws_lambda.local.emulation import (
    CACHE,
    EmulatedFunction,
    EmulatedFunctionRequest,
    as_document,
    load_emulator,
    prepare_function,
)
from aws_lambda.pants_api import (
    add_prefix,
    collect_rules,
    create_digest,
    environment_vars_subset,
    first_and_rest,
    goal_rule,
    implicitly,
    merge_digests,
    run_interactive_process,
)
from aws_lambda.target_types import LambdaHandlerField

logger = logging.getLogger(__name__)

_FOLDER = "functions"


class ServedByDaemon(ConfigurationError):
    """`lambda-serve` was started inside Pants' daemon. It would block all other Pants commands in
    the repository.

    To fix, run `pants --no-pantsd lambda-serve`.
    """


class NothingToServe(ConfigurationError):
    """`lambda-serve` was started without a `lambda_function` target.

    To fix, name functions, such as `pants --no-pantsd lambda-serve ::`.
    """


class LambdaServeSubsystem(GoalSubsystem):
    name = "lambda-serve"
    help = (
        "Answer AWS's Invoke API for `lambda_function` targets, so that boto3 and the AWS CLI can "
        "be pointed at them with `endpoint_url`."
    )

    port = IntOption(default=DEFAULT_PORT, help="The port on 127.0.0.1; 0 takes any that is free.")
    env = StrListOption(
        help="Variables of the functions' environment, as `NAME=VALUE`, besides `check_env`."
    )
    timeout = FloatOption(
        default=DEFAULT_TIMEOUT_SECONDS, help="When a function is stopped, in seconds."
    )
    memory = IntOption(
        default=DEFAULT_MEMORY_MB, help="How much a function may use before it is killed, in MB."
    )
    aws_profile = StrOption(
        default=None,
        help="A profile of your AWS configuration; without it, no account can be reached.",
    )

    args = ArgsListOption(
        example="--port=8000 --env=STAGE=test", tool_name="the server", passthrough=True
    )

    def argv(self) -> Iterable[str]:
        """The options as arguments of the emulator."""
        yield f"--port={self.port}"
        yield f"--timeout={self.timeout:g}"
        yield f"--memory={self.memory}"
        yield from (f"--env={each}" for each in self.env)
        if self.aws_profile:
            yield f"--aws-profile={self.aws_profile}"
        yield from self.args


class LambdaServe(Goal):
    subsystem_cls = LambdaServeSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


def _served(function: EmulatedFunction, dist: str) -> dict[str, Any]:
    """The function's entry in the document.

    If the artifact is also the output of `package`, a new build replaces the served function.
    """
    entry: dict[str, Any] = json.loads(function.entry)
    if function.runnable.override_remark:
        entry["remarks"].append("To see an edit of it, start `lambda-serve` again.")
        return entry
    return {**entry, "artifact": f"{dist}/{function.runnable.output}"}


@goal_rule
async def serve_functions(
    targets: FilteredTargets,
    options: LambdaServeSubsystem,
    global_options: GlobalOptions,
    own_python: PythonBuildStandaloneBinary,
    build_root: BuildRoot,
    dist_dir: DistDir,
    workspace: Workspace,
) -> LambdaServe:
    """Serve functions until the user stops the emulator.

    1. Package the functions for this machine, and write them to `dist/`.
    2. Write the document that lists them, in a folder of their own.
    3. Run the emulator in the foreground.
    """
    addresses = [each.address for each in targets if each.has_field(LambdaHandlerField)]
    if global_options.pantsd:
        raise ServedByDaemon(_by_daemon([each.spec for each in addresses], options))
    if not addresses:
        raise NothingToServe(_nothing())
    emulator, functions = await first_and_rest(
        load_emulator(),
        (prepare_function(EmulatedFunctionRequest(each), **implicitly()) for each in addresses),
    )
    for each in functions:
        if not each.runnable.override_remark:
            workspace.write_digest(each.runnable.digest, path_prefix=str(dist_dir.relpath))
    dist = str(build_root.pathlib_path / dist_dir.relpath)
    document = as_document([json.dumps(_served(each, dist)) for each in functions])
    written = await create_digest(CreateDigest([FileContent(FUNCTIONS_FILE, document)]))
    together = await merge_digests(MergeDigests([written, *(each.digest for each in functions)]))
    below = await add_prefix(AddPrefix(together, _FOLDER))
    of_user = await environment_vars_subset(EnvironmentVarsRequest(_OF_USER), **implicitly())
    result = await run_interactive_process(
        InteractiveProcess(
            argv=(
                own_python.path,
                *("-E", "-s"),
                "{chroot}/__main__.py",
                "serve",
                f"{{chroot}}/{_FOLDER}/{FUNCTIONS_FILE}",
                *options.argv(),
            ),
            env={
                **of_user,
                CACHE_VARIABLE: f"{{chroot}}/{CACHE}",
                PANTS_VARIABLE: pants_name(),
            },
            input_digest=await merge_digests(MergeDigests([emulator.digest, below])),
            append_only_caches={"aws_lambda_emulator": CACHE},
            run_in_workspace=True,
        )
    )
    return LambdaServe(result.exit_code)


def _by_daemon(specs: Iterable[str], options: LambdaServeSubsystem) -> str:
    given = [each for each in options.argv() if each not in _DEFAULTS]
    arguments = shlex.join(["--no-pantsd", options.name, *given, *(specs or ["::"])])
    return describe(
        "`lambda-serve` cannot run inside Pants' daemon.",
        why="Until it ends, every other Pants command in this repository would wait.",
        fix=f"run it beside the daemon: `{pants_command(arguments)}`.",
    )


# Variables of the user that locate the files of `--aws-profile`, and a folder for functions.
_OF_USER = ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "TMPDIR")
_DEFAULTS = frozenset(
    {
        f"--port={DEFAULT_PORT}",
        f"--timeout={DEFAULT_TIMEOUT_SECONDS:g}",
        f"--memory={DEFAULT_MEMORY_MB}",
    }
)


def _nothing() -> str:
    return describe(
        "`lambda-serve` was given no function.",
        fix="name `lambda_function` targets, such as "
        f"`{pants_command('--no-pantsd lambda-serve ::')}`.",
    )


def rules() -> Iterable[Any]:
    return collect_rules()
