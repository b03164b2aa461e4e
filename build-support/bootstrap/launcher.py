"""The steps of ./pants: install Pants, build the pex tool, update lockfiles, run Pants.

Each step is skipped if an earlier run did it. To keep a warm run fast, modules that only a first
run needs are imported where they are used. All modules run on Python 3.8 or newer and import only
its standard library.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

from bootstrap.cache_folder import replace_text, require_writable
from bootstrap.client import exec_client
from bootstrap.installation import REQUIREMENTS, Installation, known_versions
from bootstrap.messages import UserError, facts_table
from bootstrap.pants_environment import pants_environment
from bootstrap.pants_toml import PantsToml
from bootstrap.pex_tool import is_built

# For repositories whose pants.toml does not name a version of PEX. The default of Pants 2.17.1 does
# not support versions of Python after 3.12.
DEFAULT_PEX = "2.100.5"

# Goals of Pants 2.17.1 that neither run a tool nor print targets of lockfiles, as `list` does. The
# tools of `lambda-migrate` are in no lockfile.
GOALS_WITHOUT_LOCKFILES = frozenset(
    ("count-loc", "generate-lockfiles", "lambda-migrate", "roots", "tailor", "version")
)


def main(argv: Sequence[str]) -> NoReturn:
    """Run ./pants. `argv` is the cache folder, followed by the user's arguments."""
    cache, *arguments = argv
    try:
        launch(Path(cache), arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        print(_file_error(error), file=sys.stderr)
        sys.exit(1)


def launch(cache: Path, arguments: list[str]) -> NoReturn:
    """Do every step that is still missing, and replace this process with Pants."""
    config = PantsToml.nearest(Path.cwd(), known_versions("pants")[-1])
    pants = _configured_pants(config, cache)
    pex = _configured_pex(config, cache)

    unbuilt = pex if pex is not None and not is_built(pex) else None

    if not pants.is_complete():
        _remember_python(cache)
        from bootstrap.installer import install_pants

        install_pants(pants, unbuilt)
    if unbuilt is not None:
        from bootstrap.first_start import prepare_first_start

        prepare_first_start(config, pants, unbuilt, arguments, locks=wants_lockfiles(arguments))
    environment = pants_environment(os.environ, pants, pex)

    if wants_lockfiles(arguments):
        from bootstrap.lockfiles import update_lockfiles

        update_lockfiles(config, pants, pex, environment, arguments, goals_of(arguments))
    elif "generate-lockfiles" in goals_of(arguments):
        from bootstrap.lockfiles import require_pythons

        require_pythons(config, pants, pex, arguments)
    exec_client(pants, environment, arguments)


def wants_lockfiles(arguments: Sequence[str]) -> bool:
    """Whether the command can use a lockfile."""
    return not GOALS_WITHOUT_LOCKFILES.issuperset(goals_of(arguments))


def goals_of(arguments: Sequence[str]) -> list[str]:
    """The goals of a command. Empty if it asks for help or for the version.

    The name of a folder after the goals may count as a goal, because only Pants knows the goals of
    backends.
    """
    before_dashes = arguments[: arguments.index("--")] if "--" in arguments else arguments
    words = [argument for argument in before_dashes if not argument.startswith("-")]
    if {"-h", "--help", "-V", "--version"}.intersection(before_dashes):
        return []
    found = list(takewhile(re.compile("[a-z][a-z-]*").fullmatch, words))
    return [] if found and found[0].startswith("help") else found


def _configured_pants(config: PantsToml, cache: Path) -> Installation:
    version = os.environ.get("PANTS_VERSION") or config.string("GLOBAL", "pants_version")
    if version is None:
        newest = known_versions("pants")[-1]
        raise UserError(
            f"{config.path} does not set a version of Pants.\n\n"
            "To fix, add to it\n\n"
            "  [GLOBAL]\n"
            f'  pants_version = "{newest}"'
        )
    pants = Installation(cache, "pants", version)
    return _require_pins(pants, config, "PANTS_VERSION", "[GLOBAL].pants_version")


def _configured_pex(config: PantsToml, cache: Path) -> Installation | None:
    """The pex tool to build. `None` if the user names a file that Pants should download."""
    own = {"PANTS_PEX_CLI_URL_TEMPLATE", "PANTS_PEX_CLI_KNOWN_VERSIONS"}
    if own.intersection(os.environ):
        return None
    named = os.environ.get("PANTS_PEX_CLI_VERSION") or config.string("pex-cli", "version")
    pex = Installation(cache, "pex", (named or DEFAULT_PEX).lstrip("v"))
    return _require_pins(pex, config, "PANTS_PEX_CLI_VERSION", "[pex-cli].version")


def _require_pins(
    installation: Installation, config: PantsToml, variable: str, option: str
) -> Installation:
    """Raise `UserError` if the version has no requirement file with hashes."""
    tool, version = installation.tool, installation.version
    if "/" not in version and installation.requirements.is_file():
        return installation
    pin = REQUIREMENTS.parent / "pin.py"
    rows = [
        ("set in", variable if os.environ.get(variable) else f"{config.path}, {option}"),
        ("known versions", ", ".join(known_versions(tool))),
    ]
    raise UserError(
        f"No file hashes are recorded for {tool} {version}.\n\n"
        f"{facts_table(rows)}\n\n"
        "./pants installs only files whose hashes are recorded.\n"
        "To fix, set a known version, or record the hashes of this one, review them and commit"
        " them:\n\n"
        f"  python3 {pin} {tool} {version}"
    )


def _remember_python(cache: Path) -> None:
    """Write the path of this Python to the cache folder. The next ./pants starts with it."""
    require_writable(cache)
    # The real file, because shims are slow and links can change.
    replace_text(cache / "python3.path", os.path.realpath(sys.executable) + "\n")


def _file_error(error: OSError) -> str:
    rows = [("file", str(error.filename)), ("reason", error.strerror or str(error))]
    return (
        "./pants could not read or write a file that it needs.\n\n"
        f"{facts_table(rows)}\n\n"
        "To fix, correct the cause and run ./pants again, which continues where it stopped."
    )
