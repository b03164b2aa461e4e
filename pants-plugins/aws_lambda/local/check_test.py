"""The goal `check`: how it starts functions, and its messages about those that fail."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from textwrap import dedent

import pytest
from aws_lambda_emulator.tests.host_probe import find_library, has_own_view

from aws_lambda.local.check import LambdaCheckFieldSet
from aws_lambda.processes.interpreters import Interpreters
from aws_lambda.testing.app_files import HANDLER_FIELD, function_files
from aws_lambda.testing.repository import TrialRepository

HANDLER = "def handler(event, context):\n    return event\n"


def test_function_that_starts(repository: TrialRepository) -> None:
    """`check` prints one line for all functions that start, and none of their output."""
    repository.write(function_files(HANDLER_FIELD, handler=f"print('loud')\n{HANDLER}"))

    assert repository.check("fn", "src/app") == (0, "1 function started.")


def test_variable_that_is_not_set(repository: TrialRepository) -> None:
    """The message contains a traceback with Lambda's paths, and a line to paste."""
    code = f'import os\n\nTABLE = os.environ["TABLE"]\n\n\n{HANDLER}'
    repository.write(function_files(f"{HANDLER_FIELD}", handler=code))

    assert repository.check("fn", "src/app") == (
        1,
        dedent(
            """\
            The `lambda_function` target src/app:fn does not start in Lambda.

              KeyError: 'TABLE'
              Traceback (most recent call last):
                File "/var/task/lambda_function.py", line 1, in <module>
                  from app.api import handler as handler
                File "/var/task/app/api.py", line 3, in <module>
                  TABLE = os.environ["TABLE"]

            To fix, set `check_env={"TABLE": "…"}` on the target, with a value that suffices for the import."""
        ),
    )


def test_several_variables_that_are_not_set(repository: TrialRepository) -> None:
    """The line to paste contains all of them, whatever the code raises."""
    code = (
        'import os\n\nTABLE = os.environ["TABLE"]\nif not os.getenv("QUEUE"):\n'
        f'    raise RuntimeError("QUEUE missing")\n\n\n{HANDLER}'
    )
    repository.write(function_files(HANDLER_FIELD, handler=code))

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.endswith(
        '\n\nTo fix, set `check_env={"TABLE": "…", "QUEUE": "…"}` on the target, with values that '
        "suffice for the import."
    )


def test_handler_that_never_answers(repository: TrialRepository) -> None:
    """The imported object shows a coroutine function that the source does not show."""
    code = "import functools\n\n\nasync def main(event, context):\n    return event\n\n\n"
    repository.write(
        function_files(HANDLER_FIELD, handler=f"{code}handler = functools.partial(main)\n")
    )

    assert repository.check("fn", "src/app") == (
        1,
        dedent(
            """\
            The `lambda_function` target src/app:fn starts in Lambda but fails for every event.

              Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable
              the handler is at /var/task/app/api.py:4

            To fix, set `handler` to a function without `async`, such as `def handler(event, context): return asyncio.run(main(event, context))`."""
        ),
    )


def test_import_that_fails_inside_a_module(repository: TrialRepository) -> None:
    """The message has Python's traceback, which Lambda does not report, and Lambda's error type."""
    code = f'import importlib\n\nimportlib.import_module("no" + "where")\n\n\n{HANDLER}'
    repository.write(function_files(HANDLER_FIELD, handler=code))

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.splitlines()[2:] == [
        "  Runtime.ImportModuleError: Unable to import module 'lambda_function': No module named 'nowhere'",
        "  Traceback (most recent call last):",
        '    File "/var/task/lambda_function.py", line 1, in <module>',
        "      from app.api import handler as handler",
        '    File "/var/task/app/api.py", line 3, in <module>',
        '      importlib.import_module("no" + "where")',
        *said.splitlines()[8:],
    ]
    assert "ModuleNotFoundError: No module named 'nowhere'" in said


def test_function_that_cannot_be_packaged(repository: TrialRepository) -> None:
    """Its error is one of the results, and does not hide other results."""
    repository.write(function_files('handler="api.py:main"'))

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.startswith("The handler of the `lambda_function` target src/app:fn is not defined.")


def test_module_is_imported_once(repository: TrialRepository) -> None:
    """A module is imported once, as in Lambda, even if the import fails."""
    code = (
        "import os\n\nfor _ in [os.environ.pop('AWS_REGION')]:\n"
        f"    raise ValueError('the real fault')\n\n\n{HANDLER}"
    )
    repository.write(function_files(HANDLER_FIELD, handler=code))

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert "\n  ValueError: the real fault\n" in said


def test_reserved_variables(repository: TrialRepository) -> None:
    """A reserved variable is an error of one function, and does not stop the goal."""
    repository.write(function_files(f'{HANDLER_FIELD}, check_env={{"_HANDLER": "x"}}'))

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.startswith(
        "Lambda sets these environment variables itself and refuses other values."
    )


def test_skipped_function(repository: TrialRepository) -> None:
    """`skip_import_check` is for functions that can start only in AWS."""
    repository.write(function_files(f"{HANDLER_FIELD}, skip_import_check=True"))

    assert not LambdaCheckFieldSet.is_applicable(repository.target("fn", "src/app"))


def test_failures_are_not_cached(repository: TrialRepository) -> None:
    """The machine may have caused the failure, so a second run tries again."""
    libc = ctypes.CDLL(None, use_errno=True)
    # What a function can still see of the machine: a segment of System V's shared memory.
    key = 0x4C000000 + os.getpid() % 0xFFFFFF
    code = (
        'with open("/proc/sysvipc/shm") as file:\n'
        f'    assert "{key}" in [line.split()[0] for line in file]\n\n\n{HANDLER}'
    )
    repository.write(function_files(HANDLER_FIELD, handler=code))
    repository.set_options()
    failed, _ = repository.check("fn", "src/app")
    segment = libc.shmget(key, 4096, 0o1600)
    assert segment >= 0
    try:
        repository.set_options()
        again, said = repository.check("fn", "src/app")
    finally:
        libc.shmctl(segment, 0, None)

    assert (failed, again, said) == (1, 0, "1 function started.")


def test_library_that_lambda_lacks(repository: TrialRepository, tmp_path: Path) -> None:
    """The function does not see a library of the host that Lambda lacks, and the message has a
    fix.
    """
    if not has_own_view(tmp_path):
        pytest.skip("The kernel does not let processes have a file system of their own.")
    absent = find_library("hidden")
    code = f"import ctypes\n\nctypes.CDLL({absent.name!r})\n\n\n{HANDLER}"
    repository.write(function_files(HANDLER_FIELD, handler=code))

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.splitlines()[:3] == [
        "The `lambda_function` target src/app:fn does not start in Lambda.",
        "",
        f"  OSError: {absent.name}: cannot open shared object file: No such file or directory",
    ]
    assert said.splitlines()[-3:] == [
        f"This machine has {absent.name} ({absent.path}). Lambda does not have it, so the emulator "
        "hides it.",
        "",
        "To fix, put the library into `lib/`, such as with "
        f'`extra_files={{"lib/{absent.name}": "path/to:target"}}`, attach a layer that has it there, '
        "or require a distribution whose wheel contains it.",
    ]


@pytest.mark.parametrize("required", [False, True])
def test_without_a_matching_interpreter(repository: TrialRepository, required: bool) -> None:
    """The last line counts the skipped functions, and an option makes this an error."""
    if repository.runner.request(Interpreters, []).exactly((3, 14)):
        pytest.skip("This machine has one that fits.")
    files = function_files(f'{HANDLER_FIELD}, runtime="python3.14"')
    files["src/app/BUILD"] = str(files["src/app/BUILD"]).replace(
        "python_sources()", 'python_sources(interpreter_constraints=["CPython==3.14.*"])'
    )
    repository.write(files)
    repository.set_options(
        "--python-infer-use-rust-parser", f"--aws-lambda-check-requires-interpreter={required}"
    )

    results = repository.check_results("fn", "src/app")

    count = "0 functions started, 1 skipped for lack of an interpreter"
    (result,) = results.results
    assert results.checker_name == f"lambda-imports ({count})"
    assert (result.exit_code, result.stdout + result.stderr) == (
        (
            1,
            f"{count}.\n\n  CPython 3.14: src/app:fn\n\n"
            "`[aws-lambda].check_requires_interpreter` makes that a failure.\n\n"
            "To fix, install what is missing, such as with `pyenv install 3.14`, or leave "
            "functions out with `skip_import_check=True`.",
        )
        if required
        else (0, f"{count}.\n  CPython 3.14: src/app:fn")
    )


def test_variable_that_is_set(repository: TrialRepository) -> None:
    """The import sees the variables in `check_env`."""
    code = f'import os\n\nassert os.environ["TABLE"] == "orders"\n\n\n{HANDLER}'
    repository.write(
        function_files(f'{HANDLER_FIELD}, check_env={{"TABLE": "orders"}}', handler=code)
    )

    assert repository.check("fn", "src/app") == (0, "1 function started.")


def test_host_is_hidden(repository: TrialRepository) -> None:
    """The function sees no variable of the machine, no account, and no network except loopback."""
    code = dedent("""\
        import os
        import socket

        assert "HOME" not in os.environ
        assert os.environ["AWS_ACCESS_KEY_ID"] == "emulated"
        try:
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        except OSError as error:
            assert "unreachable" in str(error), error


        def handler(event, context):
            return event
        """)
    repository.write(function_files(HANDLER_FIELD, handler=code))

    assert repository.check("fn", "src/app") == (0, "1 function started.")
