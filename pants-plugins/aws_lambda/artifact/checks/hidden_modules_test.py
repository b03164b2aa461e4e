"""Tests of L007: modules with the name of a standard library module."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.hidden_modules import check_hidden_modules
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.testing.files import extra_file, first_party_file, third_party_file


@pytest.mark.parametrize(
    ("file", "source", "fix"),
    [
        (first_party_file("queue.py"), "src/queue.py", "rename the file."),
        (extra_file("queue.py"), "assets/queue.py", "rename the file."),
        (
            third_party_file("queue.py"),
            "queue.py of click 8.1.7",
            "remove click from the dependencies: Python 3.13 contains the module.",
        ),
    ],
)
def test_file_hides_standard_library_module(file: ArtifactFile, source: str, fix: str) -> None:
    """Functions and layers come first on Lambda's path."""
    assert [*check_hidden_modules([file], root="", python=(3, 13))] == [
        Finding(
            "L007",
            "queue",
            f"{source} has the name of the standard library module `queue`, and Python imports "
            "only one of them: this file, since Lambda searches functions and layers first.",
            fix,
        )
    ]


def test_loaded_standard_library_module_hides_file() -> None:
    """Python never imports a file with the name of a module that it has already loaded."""
    (finding,) = check_hidden_modules([first_party_file("types.py")], root="", python=(3, 13))

    assert finding.sentence == (
        "src/types.py has the name of the standard library module `types`, and Python imports "
        "only one of them: the standard library's, which Python has already loaded."
    )


@pytest.mark.parametrize("root", ["", "python/"])
@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("json.py", "json"),
        ("json.pyc", "json"),
        ("json/__init__.py", "json"),
        ("json.so", "json"),
        ("json.cpython-313-x86_64-linux-gnu.so", "json"),
        ("json/__init__.abi3.so", "json"),
        # Python prefers any other module to a folder without an `__init__`.
        ("locale/de/LC_MESSAGES/app.mo", None),
        ("calendar/holidays.py", None),
        ("json/inner/__init__.py", None),
        ("json.json", None),
        ("json.schema.py", None),
        ("json.pyi", None),
        ("json", None),
        ("acme/json.py", None),
        ("jsonschema.py", None),
        # Removed in 3.13, so the names are free.
        ("cgi.py", None),
        ("distutils/__init__.py", None),
        # Private to the standard library.
        ("_strptime.py", None),
    ],
)
def test_only_top_level_modules_hide_others(path: str, module: str | None, root: str) -> None:
    """A finding needs a file that Python imports under the name, in a function or a layer."""
    files = [first_party_file(f"{root}{path}")]
    found = check_hidden_modules(files, root=root.rstrip("/"), python=(3, 13))

    assert [each.subject for each in found] == ([module] if module else [])


def test_files_outside_importable_code_hide_nothing() -> None:
    """Files of a layer outside its folder of importable code are not on `sys.path`."""
    assert not [*check_hidden_modules([first_party_file("json.py")], root="python", python=(3, 13))]


def test_one_finding_per_module_of_the_version() -> None:
    """Findings are sorted by name. Python 3.12 still contains `cgi`."""
    files = [
        first_party_file(path) for path in ("uuid.py", "json/__init__.py", "json.py", "cgi.py")
    ]

    assert [f.subject for f in check_hidden_modules(files, root="", python=(3, 13))] == [
        "json",
        "uuid",
    ]
    assert [f.subject for f in check_hidden_modules(files, root="", python=(3, 12))] == [
        "cgi",
        "json",
        "uuid",
    ]
