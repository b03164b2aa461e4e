"""Values that ./pants reads from pants.toml, the command line and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.first_start import has_plain_settings
from bootstrap.installation import Installation, known_versions
from bootstrap.launcher import goals_of, wants_lockfiles
from bootstrap.lockfiles import oldest_minor
from bootstrap.needed_resolves import has_other_settings, plain_specs, resolves_of_tools
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


@pytest.mark.parametrize(
    ("arguments", "specs"),
    [
        ("package src/api:fn", ["src/api:fn"]),
        ("fmt lint src/api src/lib::", ["src/api", "src/lib::"]),
        ("run src/api:fn -- --event {}", ["src/api:fn"]),
        ("package ::", None),
        ("test src/api //::", None),
        ("package", None),
        ("list src/api", None),
        ("package export src/api", None),
        ("test all", None),
        ("test --changed-since=main", None),
        ("test -k src/api", None),
        ("--no-pantsd package src/api", None),
        ("package src/api -src/api/v1", None),
        ("package @targets.txt", None),
    ],
)
def test_targets_of_a_command(arguments: str, specs: list[str] | None) -> None:
    """Options, aliases, argument files, unknown goals and `::` may need every resolve."""
    words = arguments.split()

    assert plain_specs(words, goals_of(words)) == specs


@pytest.mark.parametrize("variable", ["PANTS_PYTHON_RESOLVES", "PANTS_CONFIG_FILES"])
def test_settings_outside_of_pants_toml(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables and files that may set resolves are noticed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(variable, raising=False)
    alone = has_other_settings(tmp_path)
    monkeypatch.setenv(variable, "x")
    with_variable = has_other_settings(tmp_path)
    monkeypatch.delenv(variable)
    (tmp_path / ".pants.rc").write_text("[python]\ndefault_resolve = 'x'\n")
    with_file = has_other_settings(tmp_path)

    assert [alone, with_variable, with_file] == [False, True, True]


@pytest.mark.parametrize(
    ("arguments", "parsed", "variable", "is_plain"),
    [
        ("package src/api:fn", {"GLOBAL": {"pants_version": "2.17.1"}}, "HOME", True),
        ("run src/api:fn -- --event x", {}, "HOME", True),
        ("--no-pantsd package src/api:fn", {}, "HOME", False),
        ("package src/api:fn", {"GLOBAL": {"pantsd": False}}, "HOME", False),
        ("package src/api:fn", {"GLOBAL": {"named_caches_dir": "/x"}}, "HOME", False),
        ("package src/api:fn", {"python-repos": {"indexes": []}}, "HOME", False),
        ("package src/api:fn", {}, "PANTS_PYTHON_REPOS_INDEXES", False),
        ("package src/api:fn", {}, "PANTS_CONCURRENT", False),
        ("package src/api:fn", {}, "PANTS_CONFIG_FILES", False),
    ],
)
def test_settings_of_a_first_start(
    arguments: str,
    parsed: dict[str, object],
    variable: str,
    is_plain: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The daemon starts early only if the command will use it, with the index of pip."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, str(tmp_path))

    assert has_plain_settings(arguments.split(), parsed, tmp_path) == is_plain


@pytest.mark.parametrize(
    ("goals", "resolves"),
    [
        (["package"], {"libraries", "publishing"}),
        (["fmt", "lint"], {"formatters", "libraries", "publishing"}),
        (["check"], {"libraries", "publishing", "types"}),
    ],
)
def test_resolves_of_tools(goals: list[str], resolves: set[str]) -> None:
    """Linters, mypy and pytest belong to their goals. Any goal may use other tools."""
    parsed = {
        "GLOBAL": {"pants_version": "2.17.1"},
        "aws-lambda": {"tools_resolve": "libraries", "publish_resolve": "publishing"},
        "black": {"install_from_resolve": "formatters"},
        "mypy": {"install_from_resolve": "types"},
        "python": {"default_resolve": "functions"},
    }

    assert set(resolves_of_tools(parsed, goals)) == resolves


@pytest.mark.parametrize(
    ("constraints", "oldest"),
    [
        (["CPython==3.13.*"], 13),
        (["CPython>=3.10,<3.14"], 10),
        (["==3.12.*", "==3.9.*"], 9),
        (["CPython<3.14"], 0),
        ([], 0),
        (None, 0),
    ],
)
def test_oldest_python_of_a_resolve(constraints: object, oldest: int) -> None:
    """Without a lower bound, a resolve may include any Python."""
    assert oldest_minor(constraints) == oldest


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
