"""The pure parts: what is read from pants.toml and the command line, and what Pants is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.client import client_environment
from bootstrap.launch import wants_lockfiles
from bootstrap.pants_toml import PantsToml
from bootstrap.places import Place, known_versions


@pytest.mark.parametrize(
    "text",
    [
        '[GLOBAL]\npants_version = "2.17.1"\n',
        "[GLOBAL]\npants_version='2.17.1'  # the newest on the index",
        '  [ GLOBAL ]\r\n  "pants_version" = "2.17.1"\r\n',
        'GLOBAL.pants_version = "2.17.1"',
        '# pants_version = "1"\n[GLOBAL]\n# [python]\npants_version = "2.17.1"',
        '[python]\npants_version = "1"\n[GLOBAL]\npants_version = "2.17.1"',
        '[a]\nx = [\n  ["[GLOBAL]"],\n  [1.5],\n]\n[GLOBAL]\npants_version = "2.17.1"',
        '[GLOBAL]\nx = """\n[python]\n"""\ny = { z = "}" }\npants_version = """2.17.1"""',
        '[GLOBAL]\nx = "\\"#"\npants_version = "2.17.1"\n[[a]]\npants_version = "1"',
    ],
)
def test_a_version_is_found_however_toml_lets_it_be_written(text: str) -> None:
    """Comments, quotes, brackets inside strings and values over several lines mislead nobody."""
    assert PantsToml(Path("pants.toml"), text).string("GLOBAL", "pants_version") == "2.17.1"


@pytest.mark.parametrize(
    "text",
    ["", "pants_version = '1'", "[python]\npants_version = '1'", "[GLOBAL]\npants_version = 2.17"],
)
def test_a_version_that_is_not_there_is_not_found(text: str) -> None:
    """Another table's key, and a value that is no string, are not the version."""
    assert PantsToml(Path("pants.toml"), text).string("GLOBAL", "pants_version") is None


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("", False),
        ("--version", False),
        ("-V", False),
        ("--no-pantsd help", False),
        ("help-advanced python", False),
        ("version", False),
        ("generate-lockfiles --resolve=default", False),
        ("package --help", False),
        ("tailor ::", False),
        ("tailor src/api", False),
        ("tailor fmt ::", True),
        ("src/api:fn", False),
        ("package ::", True),
        ("--no-pantsd test src/api::", True),
        ("run src/api:fn -- --help", True),
        ("list ::", True),
    ],
)
def test_only_commands_that_can_use_a_lockfile_want_one(arguments: str, wanted: bool) -> None:
    """Help, the version, `tailor` and the goal that makes lockfiles do not wait for any."""
    assert wants_lockfiles(arguments.split()) is wanted


PLACE = Place(Path("/cache"), "pants", known_versions("pants")[-1])

ALWAYS = {
    "NO_SCIE_WARNING": "1",
    "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS": "+['PIP_CONFIG_FILE=/dev/null']",
    "_PANTS_SERVER_EXE": f"{PLACE.folder}/bin/pants",
}


@pytest.mark.parametrize(
    ("users", "added"),
    [
        ({}, {}),
        ({"SSL_CERT_FILE": __file__}, {"PANTS_CA_CERTS_PATH": __file__}),
        ({"PIP_CERT": __file__, "SSL_CERT_FILE": ""}, {"PANTS_CA_CERTS_PATH": __file__}),
        ({"REQUESTS_CA_BUNDLE": "/nowhere"}, {}),
        ({"SSL_CERT_FILE": __file__, "PANTS_CA_CERTS_PATH": "/mine"}, {}),
        (
            {"PIP_INDEX_URL": "https://index.example/simple"},
            {"PANTS_PYTHON_REPOS_INDEXES": "['https://index.example/simple']"},
        ),
        ({"PIP_INDEX_URL": "https://a.example", "PANTS_PYTHON_REPOS_INDEXES": "[]"}, {}),
        (
            {"HTTPS_PROXY": "http://proxy.example", "NO_PROXY": "localhost"},
            {
                "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS": (
                    "+['PIP_CONFIG_FILE=/dev/null', 'HTTPS_PROXY', 'NO_PROXY']"
                )
            },
        ),
        ({"NO_SCIE_WARNING": "0"}, {}),
    ],
)
def test_pants_is_told_what_pip_knows(users: dict[str, str], added: dict[str, str]) -> None:
    """CA bundle, index and proxies reach Pants, and nothing that the user set is replaced."""
    assert client_environment(users, PLACE, None) == {**ALWAYS, **added, **users}


def test_requirement_files_name_no_address() -> None:
    """Which index the files come from is the user's affair: only names and hashes are recorded."""
    files = sorted(PLACE.requirements.parents[1].glob("**/*.txt"))

    assert len(files) >= 4
    assert [file for file in files if "://" in file.read_text()] == []
