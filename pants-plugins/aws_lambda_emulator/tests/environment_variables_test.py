"""The environment variables of a function: the computed ones, and those that it sees."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator.configuration import Configuration
from aws_lambda_emulator.environment_variables import build_variables
from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.invocation import Invocation
from aws_lambda_emulator.tests.function_builder import build_function

APP = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"

EXPECTED = {
    "AWS_ACCESS_KEY_ID": "emulated",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_NAME": "fn",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn",
    "AWS_LAMBDA_LOG_STREAM_NAME": "DAY/[$LATEST]stream",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "emulated",
    "AWS_SESSION_TOKEN": "emulated",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:"
    "/var/task/lib:/opt/lib",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "TZ": ":UTC",
    "_HANDLER": "app.handler",
}
# Variables that Python and Lambda's bootstrap set when they start.
SET_BY_THE_PROCESS = {"LC_CTYPE", "PYTHONPATH", "_X_AMZN_TRACE_ID"}


def configure(**more: Any) -> Configuration:
    return Configuration("fn", "app.handler", 3.0, 512, **more)


def compute(configuration: Configuration, root: str = "") -> dict[str, str]:
    found = build_variables(configuration, "python3.13", "127.0.0.1:9001", "stream", root)
    day, _, stream = found["AWS_LAMBDA_LOG_STREAM_NAME"].partition("/[")
    assert day.count("/") == 2
    return {**found, "AWS_LAMBDA_LOG_STREAM_NAME": f"DAY/[{stream}"}


def test_variables_of_lambda() -> None:
    """A function gets the variables that AWS documents, and an account that does not exist."""
    assert compute(configure()) == EXPECTED


def test_variables_of_the_user() -> None:
    """The user's variables are added, and may replace the region."""
    variables = {"STAGE": "test", "AWS_REGION": "eu-west-1"}
    configuration = configure(variables=variables)

    assert compute(configuration) == {
        **EXPECTED,
        **variables,
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    assert configuration.arn == "arn:aws:lambda:eu-west-1:123456789012:function:fn"


@pytest.mark.parametrize("token", [{}, {"AWS_SESSION_TOKEN": "mine"}], ids=["none", "one"])
def test_access_keys_of_the_user(token: dict[str, str]) -> None:
    """They replace the dummy keys and the dummy token, because long-lived keys have no token."""
    keys = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine", **token}
    without = {name: value for name, value in EXPECTED.items() if name != "AWS_SESSION_TOKEN"}

    assert compute(configure(variables=keys)) == {**without, **keys}


def test_paths_in_plain_folders() -> None:
    """Paths of Lambda's own folders are moved. Other values do not change."""
    variables = {
        "PYTHONPATH": "/opt/extra:/optional:/usr/lib",
        "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap",
        "CONFIG": "/opt/config",
    }
    found = compute(configure(variables=variables), "/root-of-it")

    assert {name: value for name, value in found.items() if value != EXPECTED.get(name)} == {
        "AWS_LAMBDA_EXEC_WRAPPER": "/root-of-it/var/task/wrap",
        "CONFIG": "/opt/config",
        "LAMBDA_RUNTIME_DIR": "/root-of-it/var/runtime",
        "LAMBDA_TASK_ROOT": "/root-of-it/var/task",
        "LD_LIBRARY_PATH": "/root-of-it/var/lang/lib:/lib64:/usr/lib64:/root-of-it/var/runtime:"
        "/root-of-it/var/runtime/lib:/root-of-it/var/task:/root-of-it/var/task/lib:"
        "/root-of-it/opt/lib",
        "PATH": "/root-of-it/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/root-of-it/opt/bin",
        "PYTHONPATH": "/root-of-it/opt/extra:/optional:/usr/lib",
        "TMPDIR": "/root-of-it/tmp",
    }


def test_reserved_variables_are_refused() -> None:
    """The message lists all reserved variables."""
    with pytest.raises(EmulatorError) as refused:
        configure(variables={"_HANDLER": "x", "LAMBDA_TASK_ROOT": "/", "FINE": "1"})

    assert str(refused.value) == (
        "Lambda sets these environment variables itself and refuses other values.\n\n"
        "  LAMBDA_TASK_ROOT\n"
        "  _HANDLER\n\n"
        "To fix, remove them from `--env`, `check_env`, and `env` in tests."
    )


def test_variables_exceed_the_limit() -> None:
    """Lambda measures names and values as JSON."""
    largest = "x" * (4096 - len('{"A":""}'))
    assert configure(variables={"A": largest}).variables == {"A": largest}

    with pytest.raises(EmulatorError) as refused:
        configure(variables={"A": f"{largest}x"})
    assert str(refused.value) == (
        "The environment variables exceed Lambda's limit of 4 KB.\n\n"
        "  4097 bytes of 4096\n\n"
        "To fix, store the largest value in Systems Manager or S3 and set its name instead."
    )


def test_profile_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile adds the home folder, the user's own configuration files, and the profile's
    region.
    """
    monkeypatch.setenv("HOME", "/elsewhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/elsewhere/config")
    monkeypatch.delenv("AWS_SHARED_CREDENTIALS_FILE", raising=False)

    found = compute(configure(aws_profile="work"))

    assert {name for name in EXPECTED if name not in found} == {
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
    assert {name: value for name, value in found.items() if EXPECTED.get(name) != value} == {
        "AWS_CONFIG_FILE": "/elsewhere/config",
        "AWS_PROFILE": "work",
        "HOME": "/elsewhere",
    }
    regional = compute(configure(aws_profile="work", variables={"AWS_REGION": "eu-west-1"}))
    assert (regional["AWS_REGION"], regional["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")


@pytest.mark.parametrize("own_view", [True, False], ids=["own view", "plain folders"])
def test_no_variables_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_view: bool
) -> None:
    """A function gets none of the emulator's own variables."""
    monkeypatch.setenv("SECRET", "of the host")
    monkeypatch.setenv("PYTHONSTARTUP", "/of/the/host")
    function = build_function(tmp_path, APP)

    with function.start(own_view=own_view) as started:
        found = json.loads(started.invoke(Invocation(b"{}")).payload)

    more = set() if own_view else {"TMPDIR"}
    assert found.keys() - SET_BY_THE_PROCESS == EXPECTED.keys() | more
    assert "of the host" not in found.values()


def test_home_folder_is_writable_with_a_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK may cache credentials there. Folders next to it stay read-only."""
    app = (
        "import os\ndef handler(event, context):\n"
        "    open(os.path.expanduser('~/cache'), 'w').close()\n"
        "    try:\n        open(os.path.expanduser('~/../sibling'), 'w')\n"
        "    except OSError as error:\n        return error.strerror\n"
    )
    # Not in /tmp, which is the function's own.
    home = Path(os.environ.get("HOME", "/")) / f".emulator-test-{os.getpid()}" / "home"
    try:
        home.mkdir(parents=True)
    except OSError:
        pytest.skip("The home folder of this user is not writable.")
    monkeypatch.setenv("HOME", str(home))
    try:
        with build_function(tmp_path, app).start(aws_profile="work") as started:
            outcome = started.invoke(Invocation(b"{}"))
        assert outcome.error is None, outcome.logs.decode()
        assert (home / "cache").exists()
        if outcome.payload == b"null":
            pytest.skip("The kernel does not let processes have a file system of their own.")
        assert outcome.payload == b'"Read-only file system"'
    finally:
        for left in (home / "cache", home.parent / "sibling"):
            if left.exists():
                left.unlink()
        home.rmdir()
        home.parent.rmdir()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"timeout": 0},
            "A function cannot have a timeout of 0.\n\n"
            "To fix, give seconds: more than 0, and at most 86400.",
        ),
        (
            {"timeout": float("nan")},
            "A function cannot have a timeout of nan.\n\n"
            "To fix, give seconds: more than 0, and at most 86400.",
        ),
        (
            {"memory": "1024"},
            "A function cannot have '1024' of memory.\n\n"
            "To fix, give a whole number of MiB, such as 1024.",
        ),
        (
            {"variables": {"B": "2", "A": 1}},
            "The values of environment variables must be strings.\n\n"
            "  A  1\n\n"
            "To fix, convert them with `str(…)`.",
        ),
    ],
)
def test_invalid_values_are_refused(given: dict[str, Any], message: str) -> None:
    """Tests pass Python values, and the message explains the invalid one."""
    with pytest.raises(EmulatorError) as refused:
        Configuration("fn", "app.handler", **given)

    assert str(refused.value) == message
