"""The environment variables of a function: what AWS documents, what the user sets, nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.mounts import LANG, OPT, RUNTIME, SCRATCH, TASK

# What stands in for an account, so that no call reaches a real one.
NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_SECRET_ACCESS_KEY": "emulated",
    "AWS_SESSION_TOKEN": "emulated",
    # With HOME unset, the SDK still finds the files of the user who runs it.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
REGION = "us-east-1"
ACCOUNT = "123456789012"

# AWS's page "Defined runtime environment variables" calls these reserved (read in November 2026).
_RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
# A day: longer than anybody waits. Lambda itself has 900.
MOST_SECONDS = 86_400
# AWS's quotas page: what all variables of a user may take, as JSON, in bytes (2026).
_MOST_BYTES = 4096
# Of these, a user may set one here: there is no account to which it would belong.
_SETTABLE = frozenset(
    {"AWS_DEFAULT_REGION", "AWS_REGION"}
    | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
)
REFUSED = _RESERVED - _SETTABLE

# Variables that hold paths by which Python or a shell finds code.
_OF_PATHS = frozenset({"AWS_LAMBDA_EXEC_WRAPPER", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH"})


@dataclass(frozen=True)
class Configuration:
    """What is set for a function in AWS, beside its code. Seconds and MiB, as there."""

    name: str
    handler: str
    timeout: float = 60.0
    memory: int = 1024
    variables: Mapping[str, str] = field(default_factory=dict)
    aws_profile: str | None = None

    def __post_init__(self) -> None:
        if not (_is_number(self.timeout) and 0 < self.timeout <= MOST_SECONDS):
            raise EmulatorFault(
                f"A function cannot have a timeout of {self.timeout!r}.\n\n"
                f"To fix, give seconds: more than 0, and at most {MOST_SECONDS}."
            )
        if not isinstance(self.memory, int) or self.memory <= 0:
            raise EmulatorFault(
                f"A function cannot have {self.memory!r} of memory.\n\n"
                "To fix, give a whole number of MiB, such as 1024."
            )
        others = {k: v for k, v in self.variables.items() if not isinstance(v, str)}
        if others:
            raise EmulatorFault(
                "The values of environment variables are texts.\n\n"
                + "".join(f"  {name}  {value!r}\n" for name, value in sorted(others.items()))
                + "\nTo fix, write them as such, like `str(…)`."
            )
        reserved = sorted(REFUSED & self.variables.keys())
        if reserved:
            raise EmulatorFault(
                "Lambda sets these variables itself, and refuses others' values for them.\n\n"
                + "".join(f"  {each}\n" for each in reserved)
                + "\nTo fix, leave them out of `--env`, `check_env`, and `env` in tests."
            )
        # What AWS says that it measured, where it refuses variables, is JSON like this.
        measured = json.dumps(dict(self.variables), separators=(",", ":"), ensure_ascii=False)
        size = len(measured.encode(errors="surrogateescape"))
        if size > _MOST_BYTES:
            raise EmulatorFault(
                "Lambda takes no variables that are larger than 4 KB together.\n\n"
                f"  {size} bytes of {_MOST_BYTES}\n\n"
                "To fix, keep the largest of them in Systems Manager or S3, and set its name."
            )

    @property
    def region(self) -> str:
        return self.variables.get("AWS_REGION", REGION)

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def environment(
    configuration: Configuration, runtime: str, api: str, stream: str, root: str
) -> dict[str, str]:
    """The variables of a function that sees its folders below `root`, `""` for Lambda's own places.

    `runtime` is such as `"python3.13"`, `api` the address of the Runtime API, `stream` what makes
    the log stream's name unique. Sources: AWS's page on environment variables and the Dockerfiles
    of its base images (read in November 2026).
    """
    day = datetime.now(timezone.utc).strftime("%Y/%m/%d")
    region = configuration.region
    task, opt, lang, own = (
        f"{root}/var/task",
        f"{root}/opt",
        f"{root}/var/lang",
        f"{root}/var/runtime",
    )
    of_platform = {
        "_HANDLER": configuration.handler,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory),
        "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{configuration.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{day}/[$LATEST]{stream}",
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_REGION": region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
        "LAMBDA_RUNTIME_DIR": own,
        "LAMBDA_TASK_ROOT": task,
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": ":".join(
            [f"{lang}/lib", "/lib64", "/usr/lib64", own, f"{own}/lib", task, f"{task}/lib"]
            + [f"{opt}/lib"]
        ),
        "PATH": f"{lang}/bin:/usr/local/bin:/usr/bin/:/bin:{opt}/bin",
        "TZ": ":UTC",
    }
    if configuration.aws_profile is None:
        of_account = dict(NO_ACCOUNT)
        if "AWS_ACCESS_KEY_ID" in configuration.variables:
            # Keys without a token are valid without one only.
            del of_account["AWS_SESSION_TOKEN"]
    else:
        of_files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
        # Its region too, unless one is set.
        of_account = {
            "AWS_PROFILE": configuration.aws_profile,
            "HOME": os.path.expanduser("~"),
            **{name: os.environ[name] for name in of_files if name in os.environ},
        }
        if "AWS_REGION" not in configuration.variables:
            del of_platform["AWS_REGION"], of_platform["AWS_DEFAULT_REGION"]
    of_user = {
        name: _below(root, value) if name in _OF_PATHS else value
        for name, value in configuration.variables.items()
    }
    of_view = {"TMPDIR": f"{root}/{SCRATCH}"} if root else {}
    return {**of_platform, **of_account, **of_view, **of_user}


def _below(root: str, paths: str) -> str:
    """The paths, with those that Lambda mounts moved below `root`."""
    mounted = (f"/{TASK}", f"/{OPT}", f"/{RUNTIME}", f"/{LANG}")

    def moved(path: str) -> str:
        return root + path if f"{path}/".startswith(tuple(f"{each}/" for each in mounted)) else path

    return ":".join(map(moved, paths.split(":")))
