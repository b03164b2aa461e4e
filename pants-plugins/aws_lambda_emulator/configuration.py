"""The configuration of a function, checked as Lambda checks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.protocol import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_SECONDS

REGION = "us-east-1"
ACCOUNT = "123456789012"

# A day. Lambda's own limit is 900 seconds.
MAX_SECONDS = 86_400
# AWS's quotas page: the size of all of a user's variables as JSON, in bytes (2026).
_MAX_BYTES = 4096

# Variables that AWS's page "Defined runtime environment variables" calls reserved (read in November
# 2026).
_RESERVED_BY_AWS = frozenset(
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
# Reserved variables that a user may set here, because the emulator has no account and no region.
_SETTABLE = frozenset(
    {"AWS_DEFAULT_REGION", "AWS_REGION"}
    | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
)
RESERVED_VARIABLES = _RESERVED_BY_AWS - _SETTABLE


@dataclass(frozen=True)
class Configuration:
    """A function's settings in AWS, except its code. `timeout` is in seconds, `memory` in MiB.

    `aws_profile` is a profile of the user's AWS configuration, `None` for dummy credentials. Raises
    `EmulatorError` for values that Lambda refuses.
    """

    name: str
    handler: str
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    memory: int = DEFAULT_MEMORY_MB
    variables: Mapping[str, str] = field(default_factory=dict)
    aws_profile: str | None = None

    def __post_init__(self) -> None:
        if not (_is_number(self.timeout) and 0 < self.timeout <= MAX_SECONDS):
            raise EmulatorError(
                f"A function cannot have a timeout of {self.timeout!r}.\n\n"
                f"To fix, give seconds: more than 0, and at most {MAX_SECONDS}."
            )
        if not isinstance(self.memory, int) or self.memory <= 0:
            raise EmulatorError(
                f"A function cannot have {self.memory!r} of memory.\n\n"
                "To fix, give a whole number of MiB, such as 1024."
            )
        others = {k: v for k, v in self.variables.items() if not isinstance(v, str)}
        if others:
            raise EmulatorError(
                "The values of environment variables must be strings.\n\n"
                + "".join(f"  {name}  {value!r}\n" for name, value in sorted(others.items()))
                + "\nTo fix, convert them with `str(…)`."
            )
        reserved = sorted(RESERVED_VARIABLES & self.variables.keys())
        if reserved:
            raise EmulatorError(
                "Lambda sets these environment variables itself and refuses other values.\n\n"
                + "".join(f"  {each}\n" for each in reserved)
                + "\nTo fix, remove them from `--env`, `check_env`, and `env` in tests."
            )
        # When Lambda refuses variables, its message says that it measured JSON like this.
        measured = json.dumps(dict(self.variables), separators=(",", ":"), ensure_ascii=False)
        size = len(measured.encode(errors="surrogateescape"))
        if size > _MAX_BYTES:
            raise EmulatorError(
                "The environment variables exceed Lambda's limit of 4 KB.\n\n"
                f"  {size} bytes of {_MAX_BYTES}\n\n"
                "To fix, store the largest value in Systems Manager or S3 and set its name instead."
            )

    @property
    def region(self) -> str:
        return self.variables.get("AWS_REGION", REGION)

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
