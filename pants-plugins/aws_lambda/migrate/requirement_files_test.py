"""Merging of files in pip's format."""

from __future__ import annotations

from aws_lambda.migrate.requirement_files import (
    Conflict,
    find_conflict,
    included_files,
    merge_requirements,
    parse_requirement_file,
)

_TEXTS = {
    "src/a/requirements.txt": (
        "# tools\n"
        "-r ../common.txt\n"
        "requests[socks]==2.32.0 \\\n    --hash=sha256:abc\n"
        "-e ../../shared\n"
        "./vendored  # local\n"
        "--index-url https://example.invalid/simple\n"
        "tomli; python_version < '3.11'\n"
    ),
    "src/common.txt": "Pydantic>=2\nboto3\n",
    "src/b/requirements.txt": "requests>=2.31\npydantic<3\ntomli==2.0.0\n-r missing.txt\n",
    "src/c/requirements.txt": "requests==2.30.0\n",
}


def test_lines_of_a_file() -> None:
    """Hashes are dropped, included files are read, and folders are first-party code."""
    file = parse_requirement_file("src/a/requirements.txt", _TEXTS)

    assert [str(each) for each in file.requirements] == [
        "Pydantic>=2",
        "boto3",
        "requests[socks]==2.32.0",
        'tomli; python_version < "3.11"',
    ]
    assert file.folders == ("shared", "src/a/vendored")
    assert file.other_lines == ("--index-url https://example.invalid/simple",)
    assert list(included_files(file.path, _TEXTS[file.path])) == ["src/common.txt"]


def test_merged_lines() -> None:
    """Pins replace ranges, extras are united, and markers have lines of their own."""
    files = [parse_requirement_file(f"src/{name}/requirements.txt", _TEXTS) for name in "ab"]

    assert find_conflict(files[:1], files[1]) is None
    assert merge_requirements(files) == (
        "boto3",
        "Pydantic<3,>=2",
        "requests[socks]==2.32.0",
        "tomli==2.0.0",
        'tomli; python_version < "3.11"',
    )
    assert files[1].other_lines == ("-r missing.txt",)


def test_pins_that_exclude_each_other() -> None:
    """The conflict has both requirements and the files that contain them."""
    a, c = (parse_requirement_file(f"src/{name}/requirements.txt", _TEXTS) for name in "ac")

    assert find_conflict([a], c) == Conflict(
        "requests",
        "src/a/requirements.txt",
        "requests[socks]==2.32.0",
        "src/c/requirements.txt",
        "requests==2.30.0",
    )
