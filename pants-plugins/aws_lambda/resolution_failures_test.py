"""Failures of PEX to fetch and build the files of a lockfile. Each ends as one error."""

from __future__ import annotations

import hashlib
import http.server
import shutil
import sysconfig
import threading
from collections.abc import Iterator
from typing import Union

import pytest

from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.messages import dedent_message
from aws_lambda.testing.repository import TrialRepository, pack_sdist

WHEEL = "needed-1.0-py3-none-any.whl"


Index = tuple[str, dict[str, Union[bytes, int]]]


@pytest.fixture
def index() -> Iterator[Index]:
    """The URL of an index, and the content or status with which it answers for each file."""
    answers: dict[str, bytes | int] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.rpartition("/")[2], 404)
            self.send_response(answer if isinstance(answer, int) else 200)
            self.end_headers()
            self.wfile.write(b"" if isinstance(answer, int) else answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()


@pytest.fixture
def locked(repository: TrialRepository) -> TrialRepository:
    """A function over the locked distribution `needed 1.0`, whose file tests replace."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    repository.write(function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"))
    return repository


def test_sdist_that_does_not_compile(locked: TrialRepository) -> None:
    """The error shows the error of the compiler, and how to get a wheel for Lambda."""
    sdist = pack_sdist(
        "needed==1.0",
        {
            "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
            'build-backend = "setuptools.build_meta"\n',
            "setup.py": "from setuptools import Extension, setup\n"
            'setup(name="needed", version="1.0", ext_modules=[Extension("needed", ["needed.c"])])\n',
            "needed.c": "#include <absent.h>\n",
        },
    )
    path = locked.root / "wheels/needed-1.0.tar.gz"
    path.write_bytes(sdist)
    locked.replace_locked_file("needed", path.as_uri(), sdist)

    compiler = shutil.which(sysconfig.get_config_var("CC").split()[0])
    assert compiler, "this test needs a C compiler"
    assert locked.package_error("fn", "src/app") == dedent_message(rf"""
        SdistNotBuilt: PEX could not build distributions of the `lambda_function` target src/app:fn from their sdists.

          the platform  python3.13 on x86_64 (glibc 2.34)
          the lockfile  default.lock

          needed 1.0
            its sdist  needed-1.0.tar.gz
            the build  needed.c:1:10: fatal error: absent.h: No such file or directory
            the build  error: command '{compiler}' failed with exit code 1

        The lockfile has no wheel of them for the platform, so PEX runs their build on this machine, with the Python of Pants. To see the whole output, run `pants -ldebug package src/app:fn`.

        To fix, lock a version that has a wheel for the platform. If there is none, build the wheel in the runtime's build image, from the root of the repository:

          docker run --rm -v "$PWD/wheels:/wheels" public.ecr.aws/sam/build-python3.13:latest-x86_64 \
            pip wheel --no-deps --wheel-dir /wheels needed==1.0

        add its folder to pants.toml:

          [python-repos]
          find_links = ["file://%(buildroot)s/wheels"]
          path_mappings = ["WHEELS|%(buildroot)s/wheels"]

        and run `pants generate-lockfiles --resolve=default`.
        """)


def test_sdist_of_an_index(locked: TrialRepository, index: Index) -> None:
    """PEX hides why it cannot read the metadata of a downloaded sdist. The error shows it."""
    url, answers = index
    setup = 'import sys\nsys.exit("Error: pg_config executable not found.\\n\\nInstall it.")\n'
    answers["needed-1.0.tar.gz"] = sdist = pack_sdist("needed==1.0", {"setup.py": setup})
    locked.replace_locked_file("needed", f"{url}/needed-1.0.tar.gz", sdist)

    facts = locked.package_error("fn", "src/app").split("\n\n")[:3]

    assert facts == [
        "SdistNotBuilt: PEX could not build distributions of the `lambda_function` target "
        "src/app:fn from their sdists.",
        "  the platform  python3.13 on x86_64 (glibc 2.34)\n  the lockfile  default.lock",
        f"  needed 1.0\n    its sdist  {url}/needed-1.0.tar.gz\n"
        "    the build  Error: pg_config executable not found.",
    ]


def test_file_with_another_hash(locked: TrialRepository, index: Index) -> None:
    """The error shows the locked hash and the other one."""
    url, answers = index
    answers[WHEEL] = wheel = (locked.root / "wheels" / WHEEL).read_bytes()
    locked.replace_locked_file("needed", f"{url}/{WHEEL}", b"the locked content")

    assert locked.package_error("fn", "src/app") == dedent_message(f"""
        HashMismatch: Files of the `lambda_function` target src/app:fn do not have the hashes in the lockfile.

          the lockfile  default.lock

          needed 1.0
            its file  {url}/{WHEEL}
            locked    sha256 {hashlib.sha256(b"the locked content").hexdigest()}
            fetched   sha256 {hashlib.sha256(wheel).hexdigest()}

        Another file has taken the place of the locked one, or the download was damaged.

        To fix, run the command again. If the hash differs again, and you trust the new file, run `pants generate-lockfiles --resolve=default`.
        """)


def test_file_that_the_index_lacks(locked: TrialRepository, index: Index) -> None:
    """The error names the file, and how to lock one that exists."""
    url, _ = index
    locked.replace_locked_file("needed", f"{url}/{WHEEL}", b"deleted")

    assert locked.package_error("fn", "src/app") == dedent_message(f"""
        FileNotFetched: Files that the lockfile of the `lambda_function` target src/app:fn names could not be fetched.

          the lockfile  default.lock

          needed 1.0
            its file     {url}/{WHEEL}
            the problem  404 Client Error: Not Found

        To fix, run `pants generate-lockfiles --resolve=default`, which locks files that exist, or restore the file.
        """)


def test_index_without_access(locked: TrialRepository, index: Index) -> None:
    """The error shows the option for the user and password."""
    url, answers = index
    answers[WHEEL] = 401
    locked.replace_locked_file("needed", f"{url}/{WHEEL}", b"private")

    assert locked.package_error("fn", "src/app") == dedent_message(f"""
        FileNotFetched: Files that the lockfile of the `lambda_function` target src/app:fn names could not be fetched.

          the lockfile  default.lock

          needed 1.0
            its file     {url}/{WHEEL}
            the problem  401 Client Error: Unauthorized

        To fix, give the index its user and password in pants.toml:

          [python-repos]
          indexes = ["https://%(env.INDEX_USER)s:%(env.INDEX_PASSWORD)s@INDEX/simple"]
        """)


def test_index_that_does_not_answer(locked: TrialRepository) -> None:
    """The error shows the address without its password, and the reason."""
    locked.replace_locked_file("needed", f"http://me:secret@127.0.0.1:9/{WHEEL}", b"not reachable")

    assert locked.package_error("fn", "src/app") == dedent_message(f"""
        FileNotFetched: Files that the lockfile of the `lambda_function` target src/app:fn names could not be fetched.

          the lockfile  default.lock

          needed 1.0
            its file     http://****@127.0.0.1:9/{WHEEL}
            the problem  [Errno 111] Connection refused

        To fix, make sure that this machine can reach the address, and run the command again. If the index has moved, set `[python-repos].indexes`, and run `pants generate-lockfiles --resolve=default`.
        """)


@pytest.mark.parametrize(
    ("backend", "line", "fix"),
    [
        (
            "import not_there\n",
            "ModuleNotFoundError: No module named 'not_there'",
            "correct the build. `pants package src/own:dist` prints its whole output.",
        ),
        (
            "raise AttributeError(\"module 'pkgutil' has no attribute 'ImpImporter'\")\n",
            "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'",
            "require a newer setuptools in a `pyproject.toml` at the source root of the distribution.",
        ),
    ],
    ids=["code", "setuptools"],
)
def test_local_distribution(backend: str, line: str, fix: str, repository: TrialRepository) -> None:
    """The error shows the last line of the traceback, and the fix for an old setuptools."""
    repository.write(
        {
            **function_files(f'{HANDLER_FIELD}, dependencies=["src/own:dist"]'),
            "src/own/pyproject.toml": "[build-system]\nrequires = []\n"
            'build-backend = "backend"\nbackend-path = ["."]\n',
            "src/own/backend.py": backend,
            "src/own/BUILD": 'python_sources(name="lib")\n'
            'resource(name="pyproject", source="pyproject.toml")\n'
            'python_distribution(name="dist", dependencies=[":lib", ":pyproject"], sdist=False, '
            'generate_setup=False, provides=python_artifact(name="own", version="1.0"))',
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message(f"""
        LocalWheelNotBuilt: The `python_distribution` target src/own:dist could not be built.

          {line}

        To fix, {fix}
        """)
