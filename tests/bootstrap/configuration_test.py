"""Values that ./pants reads from pants.toml, the command line and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.installation import Installation, known_versions
from bootstrap.launcher import wants_lockfiles
from bootstrap.pants_environment import pants_environment
from bootstrap.pants_toml import PantsToml


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
def test_version_in_any_toml_syntax(text: str) -> None:
    """The scanner handles comments, quotes, brackets in strings and values over several lines."""
    assert PantsToml(Path("pants.toml"), text).string("GLOBAL", "pants_version") == "2.17.1"


@pytest.mark.parametrize(
    "text",
    ["", "pants_version = '1'", "[python]\npants_version = '1'", "[GLOBAL]\npants_version = 2.17"],
)
def test_missing_version(text: str) -> None:
    """A key of another table, and a value that is not a string, are not the version."""
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
        ("lambda-migrate --write template.yaml", False),
        ("tailor fmt ::", True),
        ("src/api:fn", False),
        ("package ::", True),
        ("--no-pantsd test src/api::", True),
        ("run src/api:fn -- --help", True),
        ("list ::", True),
    ],
)
def test_commands_that_want_lockfiles(arguments: str, wanted: bool) -> None:
    """Help, the version, `tailor` and `generate-lockfiles` do not wait for lockfiles."""
    assert wants_lockfiles(arguments.split()) is wanted


PANTS = Installation(Path("/cache"), "pants", known_versions("pants")[-1])

ALWAYS = {
    "NO_SCIE_WARNING": "1",
    "PANTS_BIN_NAME": "./pants",
    "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS": "+['PIP_CONFIG_FILE=/dev/null']",
    "_PANTS_SERVER_EXE": f"{PANTS.folder}/bin/pants",
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
def test_environment_of_pants(users: dict[str, str], added: dict[str, str]) -> None:
    """Pants gets the CA bundle, index and proxies of pip. Values of the user are not replaced."""
    assert pants_environment(users, PANTS, None) == {**ALWAYS, **added, **users}


def test_requirement_files_contain_no_address() -> None:
    """Only names and hashes are recorded, because the user chooses the index."""
    files = sorted(PANTS.requirements.parents[1].glob("**/*.txt"))

    assert len(files) >= 4
    assert [file for file in files if "://" in file.read_text()] == []
