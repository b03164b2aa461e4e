from __future__ import annotations

import pytest

from aws_lambda.artifact.wheels.pex_output import (
    FailedFile,
    hide_credentials,
    read_failed_files,
    unusable_built_wheels,
)

SDIST = "https://index.test/files/needed-1.0.tar.gz"
WHEEL = "https://index.test/files/needed-1.0-py3-none-any.whl"
# The command that builds an sdist, as PEX 2.100.5 prints it, without most of its arguments.
BUILDING = (
    "pid 8659 -> /venv/bin/python /venv/pex wheel --wheel-dir /cache/built_wheels/0/sdists/"
    "needed-1.0.tar.gz/9509/cp39-cp39-manylinux_2_36_x86_64.work --no-deps "
    "/cache/downloads/2/9509/needed-1.0.tar.gz --retries 5 exited with 1 and STDERR:\n"
)
COMPILING = """
pip:   error: subprocess-exited-with-error
pip:
pip:   × Building wheel for needed (pyproject.toml) did not run successfully.
pip:   │ exit code: 1
pip:   ╰─> [11 lines of output]
pip:       building 'x' extension
pip:       gcc -Werror=format-security -c x.c -o build/temp.linux-x86_64-cpython-39/x.o
pip:       x.c:1:10: fatal error: foo/nothere.h: No such file or directory
pip:           1 | #include <foo/nothere.h>
pip:             |          ^~~~~~~~~~~~~~~
pip:       compilation terminated.
pip:       error: command '/usr/bin/gcc' failed with exit code 1
pip:       [end of output]
pip:
pip:   note: This error originates from a subprocess, and is likely not a problem with pip.
pip:   ERROR: Failed building wheel for needed
pip: ERROR: Failed to build one or more wheels
"""
METADATA = """
pip: error: metadata-generation-failed
pip: × Encountered error while generating package metadata.
pip: ╰─> needed
pip: hint: See above for details.
pip:    Running command python setup.py egg_info
pip:    Traceback (most recent call last):
pip:      File "/cache/pip-download-e8ieqxx0/needed/setup.py", line 1, in <module>
pip:        import numpy
pip:    ModuleNotFoundError: No module named 'numpy'
pip:    ERROR: [present-rich] python setup.py egg_info exited with 1
"""
NO_BACKEND = """
pip: ERROR: Exception:
pip: Traceback (most recent call last):
pip:   File "/venv/lib/python3.9/site-packages/pip/_internal/cli/base_command.py", line 169
pip: pip._vendor.pyproject_hooks._impl.BackendUnavailable: Traceback (most recent call last):
pip:   File "<frozen importlib._bootstrap>", line 984, in _find_and_load_unlocked
pip: ModuleNotFoundError: No module named 'poetry'
pip:
"""
NO_REQUIREMENT = """
pip:   × pip subprocess to install build dependencies did not run successfully.
pip:   ╰─> [2 lines of output]
pip:       ERROR: Could not find a version that satisfies the requirement hatchling>=3
pip:       ERROR: No matching distribution found for hatchling>=3
pip:       [end of output]
"""
MISSING_FILE = """
pip:   × python setup.py egg_info did not run successfully.
pip:       FileNotFoundError: [Errno 2] No such file or directory: 'requirements.txt'
pip:       [end of output]
"""


def downloading(url: str, output: str) -> str:
    return f"There was 1 error downloading required artifacts:\n1. needed 1 from {url}\n{output}"


def only(output: str) -> FailedFile:
    (file,) = read_failed_files(output)
    return file


@pytest.mark.parametrize(
    ("output", "causes"),
    [
        (
            COMPILING,
            [
                "x.c:1:10: fatal error: foo/nothere.h: No such file or directory",
                "error: command '/usr/bin/gcc' failed with exit code 1",
            ],
        ),
        (METADATA, ["ModuleNotFoundError: No module named 'numpy'"]),
        (NO_BACKEND, ["ModuleNotFoundError: No module named 'poetry'"]),
        (
            NO_REQUIREMENT,
            [
                "ERROR: Could not find a version that satisfies the requirement hatchling>=3",
                "ERROR: No matching distribution found for hatchling>=3",
            ],
        ),
        (
            MISSING_FILE,
            ["FileNotFoundError: [Errno 2] No such file or directory: 'requirements.txt'"],
        ),
        (
            "pip: maturin failed\npip:   Caused by: Cargo is missing",
            ["Caused by: Cargo is missing"],
        ),
        ("pip:", []),
    ],
)
def test_causes_of_a_failed_build(output: str, causes: list[str]) -> None:
    """These are the first and the last error in the output of the build, without pip's lines."""
    for text in (BUILDING + output, downloading(SDIST, output)):
        file = only(text)

        assert (file.name, file.is_build, file.causes) == ("needed", True, causes)


@pytest.mark.parametrize(
    ("url", "output", "problem"),
    [
        (
            WHEEL,
            "    pip: ERROR: Could not install requirement needed==1.0 from https://index.test "
            "because of HTTP error 404 Client Error: Not Found for url: https://index.test",
            "404 Client Error: Not Found",
        ),
        (WHEEL, "    [Errno 2] No such file or directory: '/gone'", "No such file or directory"),
        (
            WHEEL,
            "    pip: pip._vendor.requests.exceptions.ConnectionError: HTTPSConnectionPool(host="
            "'index.test', port=443): Max retries exceeded with url: /needed.whl (Caused by "
            "NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at "
            "0x7f61a6f6f610>: Failed to establish a new connection: [Errno -2] Name or service not "
            "known'))",
            "[Errno -2] Name or service not known",
        ),
        (
            WHEEL,
            "    pip: pip._vendor.requests.exceptions.RetryError: HTTPConnectionPool(host='h', "
            "port=80): Max retries exceeded with url: /needed.whl (Caused by ResponseError('too "
            "many 503 error responses'))",
            "too many 503 error responses",
        ),
        (
            "git+https://git.test/needed.git@main",
            "    pip:    fatal: unable to access 'https://git.test/needed.git/': Failed to connect",
            "unable to access 'https://git.test/needed.git/': Failed to connect",
        ),
        (
            WHEEL,
            "    pip: ERROR: Wheel 'needed' located at /cache/needed-1.0-py3-none-any.whl is invalid.",
            "Wheel 'needed' is invalid",
        ),
    ],
)
def test_file_that_is_not_fetched(url: str, output: str, problem: str) -> None:
    """The problem is in the line that PEX prints below the URL."""
    file = only(downloading(url, output))

    assert file.url == url
    assert file.problem is not None
    assert file.problem[0] == problem
    assert not file.is_build


def test_hidden_output() -> None:
    """A later paragraph about a file replaces the one without the output of the build."""
    hidden = "    pip:    ERROR: [present-rich] python setup.py egg_info exited with 1"
    text = downloading(SDIST, hidden)

    assert only(text).is_hidden
    assert only(text).requirement == f"needed @ {SDIST}"
    shown = only(f"{text}\n{only(text).heading}\n{METADATA}")
    assert not shown.is_hidden
    assert shown.causes == ["ModuleNotFoundError: No module named 'numpy'"]


def test_credentials_in_output() -> None:
    """Output contains no user and no password."""
    assert hide_credentials("from https://me:secret@index.test/a @ b") == (
        "from https://****@index.test/a @ b"
    )


def test_built_wheels() -> None:
    """Only native wheels that PEX built cannot fit the platform."""
    said = "Successfully built the wheel {} from the sdist a-1.tar.gz but it is not compatible"
    native = "a-1-cp39-cp39-linux_x86_64.whl"

    assert unusable_built_wheels(said.format(native)) == [("a 1", native)]
    assert unusable_built_wheels(said.format("a-1-py3-none-any.whl")) == []
