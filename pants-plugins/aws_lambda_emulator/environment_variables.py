"""The environment variables of a function: those that AWS documents, and those of the user."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.mounts import LANG, OPT, RUNTIME, SCRATCH, TASK

# Variables without which the SDK could reach a real account.
_DUMMY_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_SECRET_ACCESS_KEY": "emulated",
    "AWS_SESSION_TOKEN": "emulated",
    # The SDK finds the files of the user who runs it even if HOME is not set.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# Variables with paths of code or programs.
_PATH_VARIABLES = frozenset({"AWS_LAMBDA_EXEC_WRAPPER", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH"})


def build_variables(
    configuration: Configuration, runtime: str, api: str, stream: str, root: str
) -> dict[str, str]:
    """The variables of a function whose folders are below `root`, `""` for Lambda's own paths.

    `runtime` is a name such as `"python3.13"`, `api` is the host and port of the Runtime API, and
    `stream` is the unique part of the log stream's name. Sources: AWS's page on environment
    variables, and the Dockerfiles of its base images (read in November 2026).
    """
    day = datetime.now(timezone.utc).strftime("%Y/%m/%d")
    region = configuration.region
    task, opt = f"{root}/{TASK}", f"{root}/{OPT}"
    lang, runtime_folder = f"{root}/{LANG}", f"{root}/{RUNTIME}"
    libraries = [
        *(f"{lang}/lib", "/lib64", "/usr/lib64", runtime_folder, f"{runtime_folder}/lib"),
        *(task, f"{task}/lib", f"{opt}/lib"),
    ]
    of_lambda = {
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
        "LAMBDA_RUNTIME_DIR": runtime_folder,
        "LAMBDA_TASK_ROOT": task,
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": ":".join(libraries),
        "PATH": f"{lang}/bin:/usr/local/bin:/usr/bin/:/bin:{opt}/bin",
        "TZ": ":UTC",
    }
    if configuration.aws_profile is None:
        of_account = dict(_DUMMY_ACCOUNT)
        if "AWS_ACCESS_KEY_ID" in configuration.variables:
            # AWS refuses long-lived keys together with a session token.
            del of_account["AWS_SESSION_TOKEN"]
    else:
        file_variables = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
        of_account = {
            "AWS_PROFILE": configuration.aws_profile,
            "HOME": os.path.expanduser("~"),
            **{name: os.environ[name] for name in file_variables if name in os.environ},
        }
        # The profile's region applies unless the user sets one.
        if "AWS_REGION" not in configuration.variables:
            del of_lambda["AWS_REGION"], of_lambda["AWS_DEFAULT_REGION"]
    of_user = {
        name: _move_below(root, value) if name in _PATH_VARIABLES else value
        for name, value in configuration.variables.items()
    }
    scratch = {"TMPDIR": f"{root}/{SCRATCH}"} if root else {}
    return {**of_lambda, **of_account, **scratch, **of_user}


def _move_below(root: str, paths: str) -> str:
    """Prefix the paths that Lambda mounts with `root`, in a list that colons separate."""
    mounted = tuple(f"/{each}/" for each in (TASK, OPT, RUNTIME, LANG))
    return ":".join(
        root + path if f"{path}/".startswith(mounted) else path for path in paths.split(":")
    )
