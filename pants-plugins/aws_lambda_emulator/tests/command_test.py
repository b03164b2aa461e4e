"""The command line: help, options, exit codes and signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aws_lambda_emulator import command as command_module
from aws_lambda_emulator.protocol import EXIT_NOT_STARTED
from aws_lambda_emulator.tests.function_builder import BuiltFunction, build_function
from aws_lambda_emulator.tests.host_probe import is_alive

COMMAND = [sys.executable, "-m", "aws_lambda_emulator"]
IMPORT_PATH = str(Path(command_module.__file__).parents[1])
APP = "import os\ndef handler(event, context):\n    return [event, os.environ.get('STAGE')]\n"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env={"PYTHONPATH": IMPORT_PATH, "COLUMNS": "80", **variables},
        capture_output=True,
        check=False,
        text=True,
    )


def write_functions_file(function: BuiltFunction, **keys: Any) -> Path:
    """A `functions.json` as Pants writes it, with one function."""
    entry: Mapping[str, Any] = {
        "address": "src/app:fn",
        "name": "src-app-fn",
        "artifact": function.artifact.code.path,
        "interpreter": function.interpreter.path,
        "python": function.interpreter.python,
        "wheels": "none",
        "variables": {"STAGE": "of the target"},
        "remarks": ["A remark."],
        **keys,
    }
    path = function.folder / "functions.json"
    path.write_text(json.dumps({"functions": [entry]}))
    return path


def test_no_arguments_print_help() -> None:
    """The help lists the commands. The exit code is that of a command that cannot be run."""
    done = run()

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "usage: python3 -m aws_lambda_emulator [-h] COMMAND ...\n\n"
        "Emulate AWS Lambda around functions that `package` built.\n\n"
        + done.stderr.split("built.\n\n")[1]
    )
    for line in (
        "    run        invoke a function once\n",
        "    serve      answer AWS's Invoke API until the user stops it\n",
        "    check      start a function without an event\n",
        "\n`python3 -m aws_lambda_emulator COMMAND --help` describes a command.\n",
    ):
        assert line in done.stderr


HELP = {
    "run": [
        "usage: python3 -m aws_lambda_emulator run [-h]",
        "zip or folder of a function that `package` built, such as dist/fn.zip",
        "(default: {})",
        "stop the function after this time (default: 60)",
        "kill the function if it uses more memory (default: 1024)",
        "examples:",
        "python3 -m aws_lambda_emulator run dist/fn.zip --event '{\"numbers\": [1, 2]}'",
    ],
    "serve": [
        "usage: python3 -m aws_lambda_emulator serve [-h]",
        "port on 127.0.0.1; 0 selects a free port (default: 9001)",
        "examples:",
        "python3 -m aws_lambda_emulator serve dist/fn.zip dist/other.zip --port 8000 --env STAGE=test",
    ],
    "check": [
        "usage: python3 -m aws_lambda_emulator check [-h]",
        f"The exit code is 0 if the function started, and {EXIT_NOT_STARTED} if it did not.",
        "examples:",
        "python3 -m aws_lambda_emulator check dist/fn.zip",
    ],
}


@pytest.mark.parametrize("name", HELP)
def test_help_of_a_command(name: str) -> None:
    """Each command describes its options with their defaults, and shows examples."""
    done = run(name, "--help")
    text = " ".join(done.stdout.split())

    assert (done.returncode, done.stderr) == (0, "")
    assert [each for each in HELP[name] if each not in text] == []


def test_help_for_users_of_pants(tmp_path: Path) -> None:
    """The help shows what users of Pants type, and has no options for artifacts."""
    path = write_functions_file(build_function(tmp_path, APP))
    done = run("run", str(path), "--help")

    assert done.stdout.startswith("usage: pants run src/app:fn -- [-h] [--event EVENT]")
    assert "  pants run src/app:fn -- --event @sqs --env STAGE=test --timeout 3\n" in done.stdout
    assert "--wheels" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--env", "=x"], "argument --env: '=x' is not NAME=VALUE"),
        (["--timeout", "soon"], "argument --timeout: 'soon' is not a number of seconds"),
        (["--timeout", "0"], "argument --timeout: 0 is not more than 0 and at most 86400"),
        (["--timeout", "nan"], "argument --timeout: nan is not more than 0 and at most 86400"),
        (["--memory", "much"], "argument --memory: 'much' is not a whole number of MB"),
        (["--memory", "0"], "argument --memory: 0 is not more than 0"),
        (["--port", "http"], "argument --port: 'http' is not a port"),
        (["--port", "65536"], "argument --port: 65536 is not from 0 to 65535"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_invalid_options_are_refused(arguments: list[str], message: str) -> None:
    """The message names the option and the invalid value."""
    done = run("serve", "fn.zip", *arguments)

    assert done.returncode == 2
    assert done.stderr.endswith(f"error: {message}\n")


@pytest.mark.parametrize("text", ["[]", "{"])
def test_client_context_is_not_an_object(tmp_path: Path, text: str) -> None:
    """The fix shows an object, and the function does not start."""
    function = build_function(tmp_path, APP)
    done = run("run", function.artifact.code.path, "--client-context", text)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The client context is not a JSON object.\n\n  ")
    assert done.stderr.endswith(
        'To fix, give an object, such as --client-context=\'{"custom": {"key": "value"}}\'.\n'
    )


def test_run_a_functions_file(tmp_path: Path) -> None:
    """Remarks precede the log. `--env` replaces the target's variables."""
    path = write_functions_file(build_function(tmp_path, APP))
    done = run("run", str(path), "--event", "1", "--env", "STAGE=given")

    assert (done.returncode, done.stdout) == (0, '[1, "given"]\n')
    assert done.stderr.startswith("A remark.\nINIT_START ")


def test_exit_code_of_check(tmp_path: Path) -> None:
    """The exit code distinguishes a function that does not start from a failed emulator."""
    works = build_function(tmp_path / "1", APP)
    fails = build_function(tmp_path / "2", "raise ValueError\n")
    missing = write_functions_file(works, interpreter=None)
    python = ["--python", works.interpreter.path]

    codes = [
        run("check", works.artifact.code.path, *python).returncode,
        run("check", fails.artifact.code.path, *python).returncode,
        run("check", str(missing)).returncode,
    ]

    assert codes == [0, EXIT_NOT_STARTED, EXIT_NOT_STARTED]
    assert "fault" in json.loads(run("check", str(missing)).stdout)


def test_sigterm_ends_the_function(tmp_path: Path) -> None:
    """SIGTERM ends the current event and the function's process, and removes the folder."""
    function = build_function(
        tmp_path / "fn",
        "import os, time\ndef handler(event, context):\n"
        "    print(os.environ['AWS_LAMBDA_LOG_STREAM_NAME'], flush=True)\n    time.sleep(60)\n",
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [*COMMAND, "run", function.artifact.code.path, "--python", function.interpreter.path],
        env={"PYTHONPATH": IMPORT_PATH, "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr
        stream = next(line.strip() for line in process.stderr if "[$LATEST]" in line)
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()

    assert (process.returncode, rest) == (143, "")
    assert not is_alive(stream)
    assert list(scratch.iterdir()) == []


def test_no_program_reads_the_log(tmp_path: Path) -> None:
    """The response is still printed, and the exit code is that of the function."""
    app = "import os\ndef handler(event, context):\n    print('x' * 100_000)\n    os.environ['TABLE']\n"
    function = build_function(tmp_path, app)
    with subprocess.Popen(
        [*COMMAND, "run", function.artifact.code.path, "--python", function.interpreter.path],
        env={"PYTHONPATH": IMPORT_PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stderr.close()
        payload = json.loads(process.stdout.read())

    assert (payload["errorType"], process.returncode) == ("KeyError", 1)


def test_unknown_command_is_refused() -> None:
    """The message lists the commands."""
    done = run("invoke", "fn.zip")

    assert done.returncode == 2
    assert "argument COMMAND: invalid choice: 'invoke'" in done.stderr
