"""The goal `run`: how it passes a function to the emulator, and the answers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from aws_lambda_emulator.protocol import default_function_name
from pants.core.goals.run import RunRequest
from pants.engine.addresses import Address

from aws_lambda.artifact.standard_library import PRELOADED_MODULES
from aws_lambda.local.run import LambdaRunFieldSet
from aws_lambda.testing.app_files import HANDLER_FIELD, function_files
from aws_lambda.testing.repository import TrialRepository

HANDLER = "import os\n\ndef handler(event, context):\n    return [event, os.environ['STAGE']]\n"


def run(repository: TrialRepository, chroot: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run the process of a `RunRequest`, as `./pants run` does."""
    target = repository.target("fn", "src/app")
    request = repository.runner.request(RunRequest, [LambdaRunFieldSet.create(target)])
    for path, content in repository.read_digest(request.digest).items():
        place = chroot / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (chroot / ".cache").mkdir(exist_ok=True)
    return subprocess.run(
        [each.replace("{chroot}", str(chroot)) for each in (*request.args, *argv)],
        env={
            **os.environ,
            "HOSTS_OWN": "secret",
            **{
                name: value.replace("{chroot}", str(chroot))
                for name, value in request.extra_env.items()
            },
        },
        capture_output=True,
        check=False,
        text=True,
    )


def test_only_the_response_goes_to_stdout(repository: TrialRepository, tmp_path: Path) -> None:
    """Lambda's lines and the output of the function go to standard error."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, check_env={{"STAGE": "test"}}', handler=f"print('loud')\n{HANDLER}"
        )
    )
    ran = run(repository, tmp_path, "--event", '{"a": 1}')

    assert (ran.returncode, ran.stdout) == (0, '[{"a": 1}, "test"]\n')
    lines = ran.stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["INIT_START", "loud", "START", "END", "REPORT"]


def test_function_error_exits_1(repository: TrialRepository, tmp_path: Path) -> None:
    """The payload of the error is the response, as in Lambda."""
    repository.write(
        function_files(
            HANDLER_FIELD, handler="def handler(event, context):\n    raise ValueError('no')\n"
        )
    )
    ran = run(repository, tmp_path)

    assert ran.returncode == 1
    assert json.loads(ran.stdout)["errorType"] == "ValueError"


def test_variable_on_the_command_line_wins(repository: TrialRepository, tmp_path: Path) -> None:
    """`--env` overrides `check_env`."""
    repository.write(
        function_files(f'{HANDLER_FIELD}, check_env={{"STAGE": "test"}}', handler=HANDLER)
    )
    ran = run(repository, tmp_path, "--env", "STAGE=live", "--event", "1")

    assert ran.stdout == '[1, "live"]\n'


def test_runtime_client_of_aws(repository: TrialRepository, tmp_path: Path) -> None:
    """The client is among the packages of the runtime, and the function can import it."""
    code = (
        "import awslambdaric\n\ndef handler(event, context):\n"
        "    return [awslambdaric.__version__, awslambdaric.__file__]\n"
    )
    repository.write(function_files(f'{HANDLER_FIELD}, ignore=["L005"]', handler=code))
    ran = run(repository, tmp_path)

    assert json.loads(ran.stdout) == [
        "4.2.2",
        "/var/lang/lib/python3.13/site-packages/awslambdaric/__init__.py",
    ]


# As a function's own log shows it in Lambda, on python3.13 (see docs/guides/running.md); on
# python3.10 without the fourth. The last two are there where no layer is: a folder that does not
# exist gets added again.
SEARCHED = (
    "/var/task",
    "/opt/python/lib/{python}/site-packages",
    "/opt/python",
    "/var/lang/lib/{python}/site-packages",
    "/var/runtime",
    "/var/lang/lib/{zipped}.zip",
    "/var/lang/lib/{python}",
    "/var/lang/lib/{python}/lib-dynload",
    "/var/lang/lib/{python}/site-packages",
    "/opt/python/lib/{python}/site-packages",
    "/opt/python",
)


@pytest.mark.parametrize("minor", [10, 11, 12, 13])
def test_order_of_sys_path(repository: TrialRepository, tmp_path: Path, minor: int) -> None:
    """AWS's client leaves the order that is documented for each runtime. Modules in
    `PRELOADED_MODULES` are loaded before, so no folder matters for them.
    """
    code = (
        "import sys\nloaded = [*sys.builtin_module_names, *sys.modules]\nimport os\n\n\n"
        "def handler(event, context):\n"
        "    client = type(context).__module__\n"
        "    return [sys.path, sys.base_prefix, os.getcwd(), client, loaded]\n"
    )
    python = f"python3.{minor}"
    files = function_files(f'{HANDLER_FIELD}, runtime="{python}"', handler=code)
    files["src/app/BUILD"] = str(files["src/app/BUILD"]).replace(
        "python_sources()", f'python_sources(interpreter_constraints=["CPython==3.{minor}.*"])'
    )
    repository.write(files)
    repository.set_options("--python-infer-use-rust-parser")
    ran = run(repository, tmp_path)
    if "this machine has none" in ran.stderr:
        pytest.skip(f"There is no CPython 3.{minor}.")

    path, base, folder, client, loaded = json.loads(ran.stdout)
    searched = [each.replace(base, "/var/lang") for each in path]
    expected = [each.format(python=python, zipped=python.replace(".", "")) for each in SEARCHED]
    assert searched == expected[:3] + expected[3 + (minor == 10) :]
    assert (folder, client) == ("/var/task", "awslambdaric.lambda_context")
    assert not PRELOADED_MODULES.difference(loaded)


def test_emulator_is_shipped_without_tests(repository: TrialRepository) -> None:
    """The sandbox contains the modules of the emulator, in a package of their own."""
    repository.write(function_files(HANDLER_FIELD))
    target = repository.target("fn", "src/app")
    request = repository.runner.request(RunRequest, [LambdaRunFieldSet.create(target)])
    own = [
        path
        for path in repository.read_digest(request.digest)
        if path.startswith("aws_lambda_emul")
    ]

    assert "aws_lambda_emulator/function.py" in own
    assert "aws_lambda_emulator/events/sqs.json" in own
    assert [path for path in own if "_test" in path or "/made_" in path] == []


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (Address("src/orders", target_name="api"), "src-orders-api"),
        (Address("", target_name="api"), "api"),
        (
            Address("src/a.b", target_name="fn", parameters={"architecture": "arm64"}),
            "src-a-b-fn-architecture-arm64",
        ),
        (Address("x" * 90, target_name="fn"), "x" * 64),
    ],
)
def test_function_name_from_an_address(address: Address, name: str) -> None:
    """Names contain letters, digits, hyphens and underscores, at most 64."""
    assert default_function_name(address.spec) == name
