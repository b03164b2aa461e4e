"""Error messages of ./pants. No error leaves an incomplete installation behind."""

from __future__ import annotations

import dataclasses
import http.server
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from trial_repository.machine import EMPTY, PANTS, Machine
from trial_repository.pants_toml import ROOT

PIN = ROOT / "build-support/bootstrap/pin.py"
REQUIREMENTS = ROOT / "build-support/bootstrap/requirements"

FAILING_SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


def with_variables(machine: Machine, **variables: str) -> Machine:
    return dataclasses.replace(machine, variables={**machine.variables, **variables})


def path_of(
    folder: Path, *, python3: str | None = sys.executable, programs: Mapping[str, str] = EMPTY
) -> str:
    """A PATH with one new folder: it contains standard tools, `python3` and `programs`.

    `programs` are the texts of shell scripts, by name.
    """
    folder.mkdir()
    for name in ("sh", "cat", "dirname", "git", "readlink", "sleep", "uname"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    if python3:
        (folder / "python3").symlink_to(os.path.realpath(python3))
    for name, text in programs.items():
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
    return str(folder)


def nothing_installed(machine: Machine) -> bool:
    return not list((machine.cache / "pants").glob("*"))


def test_no_python(machine: Machine, tmp_path: Path) -> None:
    """The message lists the places that were searched. A shim that fails is not a Python."""
    path = path_of(tmp_path / "bin", python3=None, programs={"python3.9": FAILING_SHIM})

    ran = with_variables(machine, PATH=path, PYENV_ROOT="/nowhere").run("list", "::")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "No working Python 3.8 or newer was found. ./pants needs one to install and start Pants.\n"
        "\n"
        f"  PATH     {path}\n"
        "  names    python3 and python3.8 to python3.14\n"
        "  pyenv    /nowhere/versions/*/bin/python3\n"
        "\n"
        "To fix, install Python 3.8 or newer with your system's package manager and put it on"
        " PATH.\n"
    )


def test_no_pants_toml(machine: Machine) -> None:
    """Outside a repository, the message shows the first lines of a pants.toml."""
    (machine.folder / "pants.toml").unlink()

    ran = machine.run("list", "::")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"There is no pants.toml in {machine.folder} or in any folder above it.\n"
        "\n"
        "Pants works in repositories that have a pants.toml in their root folder.\n"
        "To fix, change to a folder of such a repository, or create a pants.toml here:\n"
        "\n"
        "  [GLOBAL]\n"
        '  pants_version = "2.17.1"\n'
    )


def test_no_version(machine: Machine) -> None:
    """The message names the pants.toml and the lines to add."""
    (machine.folder / "pants.toml").write_text("[GLOBAL]\n")

    ran = machine.run("list", "::")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"{machine.folder}/pants.toml does not set a version of Pants.\n"
        "\n"
        "To fix, add to it\n"
        "\n"
        "  [GLOBAL]\n"
        '  pants_version = "2.17.1"\n'
    )


@pytest.mark.parametrize(
    ("toml", "variables", "tool", "version", "place", "known"),
    [
        ("[GLOBAL]\npants_version = '9.9'", {}, "pants", "9.9", "[GLOBAL].pants_version", "2.17.1"),
        (
            "[GLOBAL]\npants_version = '2.17.1'\n[pex-cli]\nversion = 'v9.9'",
            {},
            "pex",
            "9.9",
            "[pex-cli].version",
            "2.100.5",
        ),
        (
            "[GLOBAL]\npants_version = '2.17.1'",
            {"PANTS_VERSION": "../pex/2.100.5"},
            "pants",
            "../pex/2.100.5",
            "PANTS_VERSION",
            "2.17.1",
        ),
    ],
)
def test_unknown_version(
    machine: Machine,
    toml: str,
    variables: dict[str, str],
    tool: str,
    version: str,
    place: str,
    known: str,
) -> None:
    """./pants installs no version without recorded hashes. The message says how to record them."""
    (machine.folder / "pants.toml").write_text(toml)

    ran = with_variables(machine, **variables).run("list", "::")

    set_in = place if place in variables else f"{machine.folder}/pants.toml, {place}"
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"No file hashes are recorded for {tool} {version}.\n"
        "\n"
        f"  set in            {set_in}\n"
        f"  known versions    {known}\n"
        "\n"
        "./pants installs only files whose hashes are recorded.\n"
        "To fix, set a known version, or record the hashes of this one, review them and commit"
        " them:\n"
        "\n"
        f"  python3 {PIN} {tool} {version}\n"
    )


def test_cache_folder_is_not_writable(machine: Machine) -> None:
    """The error comes before any slow step."""
    machine.cache.write_text("a file where the folder should be")

    ran = machine.run("list", "::")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "./pants cannot write to its cache folder, which it installs Pants into.\n"
        "\n"
        f"  cache folder    {machine.cache}\n"
        "  reason          File exists\n"
        "\n"
        "To fix, name a folder that you can write to:\n"
        "\n"
        "  export PANTS_BOOTSTRAP_CACHE=/path/to/folder\n"
    )


def test_no_cpython_39(machine: Machine, tmp_path: Path) -> None:
    """The message lists the candidates with the reason for each, and the output of uv."""
    path = path_of(
        tmp_path / "bin",
        programs={
            "python3.9": FAILING_SHIM,
            "uv": "#!/bin/sh\necho error: no network >&2\nexit 2\n",
        },
    )

    ran = with_variables(machine, PATH=path, PYENV_ROOT="/nowhere").run("list", "::")

    source = "github.com/astral-sh/python-build-standalone"
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"Installing CPython 3.9 with uv, from {source}, within 300 seconds\n"
        "No working CPython 3.9 was found, and Pants 2.17.1 runs on no other version.\n"
        "\n"
        "./pants searched for python3.9 in\n"
        "\n"
        f"  PATH     {path}\n"
        "  pyenv    /nowhere/versions/*/bin/python3.9\n"
        "\n"
        "and tried\n"
        "\n"
        f"  {path}/python3.9    exits with 127: pyenv: command not found\n"
        f"  {'uv python install 3.9'.ljust(len(path) + len('/python3.9'))}    "
        f"exits with 2, from {source}: error: no network\n"
        "\n"
        "To fix, install CPython 3.9 and put it on PATH, for instance with one of\n"
        "\n"
        "  pyenv install 3.9\n"
        "  uv python install 3.9\n"
    )
    assert nothing_installed(machine)


def test_timeout_of_uv(machine: Machine, tmp_path: Path) -> None:
    """A download that hangs is stopped, and the message says after how many seconds."""
    path = path_of(tmp_path / "bin", programs={"uv": "#!/bin/sh\nexec sleep 60\n"})

    ran = with_variables(
        machine, PATH=path, PYENV_ROOT="/nowhere", PANTS_BOOTSTRAP_TIMEOUT="1"
    ).run("list", "::")

    assert ran.code == 1
    assert "  uv python install 3.9    did not finish within 1 seconds, from " in ran.err


def test_uv_is_installed_from_the_index(machine: Machine, tmp_path: Path) -> None:
    """A missing uv is installed with verified hashes. Messages name the mirror that it uses."""
    mirror = "http://127.0.0.1:9"
    path = path_of(tmp_path / "bin")

    ran = with_variables(
        machine,
        PATH=path,
        PYENV_ROOT="/nowhere",
        UV_HTTP_RETRIES="0",
        UV_PYTHON_INSTALL_MIRROR=mirror,
    ).run("list", "::")

    assert ran.code == 1
    assert ran.err.startswith(f"Installing uv 0.13.9 into {machine.cache}/uv/0.13.9-")
    assert f"\nInstalling CPython 3.9 with uv, from {mirror}, within 300 seconds\n" in ran.err
    assert f"  uv python install 3.9    exits with 1, from {mirror}: " in ran.err


def without_output_of_pip(message: str) -> str:
    """The message without the output of pip, which differs between versions of pip."""
    head, heading, _ = message.partition("Output of pip:\n")
    return head + heading


def test_index_is_not_reachable(machine: Machine) -> None:
    """The message names the index without its password, and contains the output of pip."""
    ran = with_variables(
        machine,
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://user:secret@127.0.0.1:9/simple",
        PIP_RETRIES="0",
    ).run("list", "::")

    assert (ran.code, ran.out) == (1, "")
    installing, building, message = ran.err.split("\n", 2)
    assert installing.startswith(f"Installing Pants 2.17.1 into {machine.cache}/pants/2.17.1-")
    assert building.startswith(f"Building the pex tool 2.100.5 into {machine.cache}/pex/2.100.5-")
    assert without_output_of_pip(message) == (
        "pip could not download pants 2.17.1 from the package index. Nothing was installed.\n"
        "\n"
        "  index     http://****@127.0.0.1:9/simple\n"
        f"  hashes    {REQUIREMENTS}/pants/2.17.1.txt\n"
        "\n"
        "To fix, check the network. If you need another index or a proxy, set it:\n"
        "\n"
        "  export PIP_INDEX_URL=https://…/simple\n"
        "  export HTTPS_PROXY=http://…\n"
        "\n"
        "Output of pip:\n"
    )
    assert "\n  ERROR: No matching distribution found for ansicolors==1.1.8\n" in message
    assert "secret" not in ran.err
    assert nothing_installed(machine)


@pytest.fixture
def tampering_index() -> Iterator[str]:
    """An index that serves wrong bytes under the name of the first file that Pants needs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = "ansicolors-1.1.8-py2.py3-none-any.whl"
            page = f'<a href="/files/{name}">{name}</a>'.encode()
            is_page = self.path == "/simple/ansicolors/"
            self.send_response(200 if is_page or self.path.endswith(name) else 404)
            self.send_header("Content-Type", "text/html" if is_page else "application/zip")
            self.end_headers()
            self.wfile.write(page if is_page else b"bytes with another hash")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()


def test_download_with_a_wrong_hash(machine: Machine, tampering_index: str) -> None:
    """Neither the file nor any other file of Pants is installed."""
    ran = with_variables(
        machine, PIP_CONFIG_FILE=os.devnull, PIP_INDEX_URL=tampering_index, PIP_NO_CACHE_DIR="1"
    ).run("list", "::")

    assert (ran.code, ran.out) == (1, "")
    installing, building, message = ran.err.split("\n", 2)
    assert installing.startswith(f"Installing Pants 2.17.1 into {machine.cache}/pants/2.17.1-")
    assert building.startswith(f"Building the pex tool 2.100.5 into {machine.cache}/pex/2.100.5-")
    assert without_output_of_pip(message) == (
        "A downloaded file of pants 2.17.1 does not have its recorded hash."
        " Nothing was installed.\n"
        "\n"
        f"  index     {tampering_index}\n"
        f"  hashes    {REQUIREMENTS}/pants/2.17.1.txt\n"
        "\n"
        "The download was damaged, or the index serves another file under this name.\n"
        "To fix, run ./pants again. If that fails as well, use another index:\n"
        "\n"
        "  export PIP_INDEX_URL=https://…/simple\n"
        "\n"
        "Output of pip:\n"
    )
    assert "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE" in message
    assert nothing_installed(machine)


def test_failing_shim_before_a_working_python(machine: Machine, tmp_path: Path) -> None:
    """A python3 that does not run is skipped, and the next one on PATH is used."""
    shims = path_of(tmp_path / "shims", python3=None, programs={"python3": FAILING_SHIM})
    path = path_of(tmp_path / "bin")
    (machine.folder / "pants.toml").unlink()

    ran = with_variables(machine, PATH=f"{shims}:{path}").run("list", "::")

    assert ran.err.startswith(f"There is no pants.toml in {machine.folder} ")


def test_the_oldest_python(machine: Machine, tmp_path: Path) -> None:
    """The program runs on Python 3.8, up to the download of Pants with pip."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    python = next(iter(sorted(pyenv.glob("versions/3.8.*/bin/python3"))), None)
    if python is None:
        pytest.skip("there is no Python 3.8 on this machine")
    path = path_of(tmp_path / "bin", python3=str(python))

    ran = with_variables(
        machine,
        PATH=path,
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_RETRIES="0",
    ).run("list", "::")

    assert "\npip could not download pants 2.17.1 from the package index." in ran.err
    remembered = Path((machine.cache / "python3.path").read_text().strip())
    assert remembered == python.resolve()


def test_python_settings_of_the_user_are_ignored(machine: Machine, tmp_path: Path) -> None:
    """PYTHONPATH, PYTHONHOME and sitecustomize do not affect the imports of the program."""
    for name in ("json", "pathlib", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from PYTHONPATH')")
    (machine.folder / "pants.toml").unlink()

    ran = with_variables(machine, PYTHONPATH=str(tmp_path), PYTHONHOME="/nowhere").run()

    assert ran.err.startswith(f"There is no pants.toml in {machine.folder} ")


def test_nearest_pants_toml_is_read(machine: Machine) -> None:
    """The search goes up from the current folder, not from the script. Paths may contain spaces."""
    inner = machine.folder / "a folder/inner"
    inner.mkdir(parents=True)
    (machine.folder / "a folder/pants.toml").write_text("[GLOBAL]\n")
    script = machine.folder / "linked pants"
    script.symlink_to(PANTS)

    ran = dataclasses.replace(machine, folder=inner).run("list", "::", script=script)

    assert ran.err.startswith(
        f"{machine.folder}/a folder/pants.toml does not set a version of Pants.\n"
    )
