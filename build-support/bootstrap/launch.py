"""The story: what a run of ./pants needs, each step skipped where it was done before, then Pants.

A warm run must cost next to nothing, so whatever only a first run needs is imported where it is
needed. Nothing here depends on anything but Python's standard library, 3.8 or newer.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

from bootstrap.client import client_environment, start
from bootstrap.fault import Fault, facts
from bootstrap.pants_toml import PantsToml
from bootstrap.places import REQUIREMENTS, Place, known_versions, replace_text, require_writable

# For repositories whose pants.toml does not name a version of PEX: the default of Pants 2.17.1
# knows nothing newer than Python 3.12.
DEFAULT_PEX = "2.100.5"

# Goals of Pants 2.17.1 that neither run a tool nor show a target of a lockfile, as `list` does.
GOALS_WITHOUT_LOCKFILES = frozenset(
    ("count-loc", "generate-lockfiles", "roots", "tailor", "version")
)


def main(argv: Sequence[str]) -> NoReturn:
    """Run `argv`: the folder that ./pants lies in, the cache folder, and the user's arguments."""
    repository_of_script, cache, *arguments = argv
    try:
        launch(Path(repository_of_script), Path(cache), arguments)
    except Fault as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        print(f"{_could_not(error)}", file=sys.stderr)
        sys.exit(1)


def launch(script_folder: Path, cache: Path, arguments: list[str]) -> NoReturn:
    config = PantsToml.nearest(Path.cwd(), known_versions("pants")[-1])
    pants = _pants(config, cache)
    pex = _pex(config, cache)

    if not pants.is_whole():
        _remember_python(cache)
        from bootstrap.install import install_pants

        install_pants(pants)
    environment = client_environment(os.environ, pants, pex)

    if wants_lockfiles(arguments):
        from bootstrap.lockfiles import bring_up_to_date

        bring_up_to_date(config, pants, pex, environment)
    elif "generate-lockfiles" in goals(arguments):
        from bootstrap.lockfiles import require_pythons

        require_pythons(config, pants, pex, arguments)
    start(pants, environment, arguments)


def wants_lockfiles(arguments: Sequence[str]) -> bool:
    """Whether the command can use a lockfile."""
    return not GOALS_WITHOUT_LOCKFILES.issuperset(goals(arguments))


def goals(arguments: Sequence[str]) -> list[str]:
    """The goals of a command; none if it asks for help or for the version.

    A folder's name behind them may count as one, because only Pants knows the goals of backends.
    """
    asked = arguments[: arguments.index("--")] if "--" in arguments else arguments
    words = [argument for argument in asked if not argument.startswith("-")]
    if {"-h", "--help", "-V", "--version"}.intersection(asked):
        return []
    found = list(takewhile(re.compile("[a-z][a-z-]*").fullmatch, words))
    return [] if found and found[0].startswith("help") else found


def _pants(config: PantsToml, cache: Path) -> Place:
    version = os.environ.get("PANTS_VERSION") or config.string("GLOBAL", "pants_version")
    if version is None:
        newest = known_versions("pants")[-1]
        raise Fault(
            f"{config.path} names no version of Pants.\n\n"
            "To fix, add to it\n\n"
            "  [GLOBAL]\n"
            f'  pants_version = "{newest}"'
        )
    return _pinned(
        Place(cache, "pants", version), config, "PANTS_VERSION", "[GLOBAL].pants_version"
    )


def _pex(config: PantsToml, cache: Path) -> Place | None:
    """The pex tool to build; `None` where the user names a file of their own."""
    own = {"PANTS_PEX_CLI_URL_TEMPLATE", "PANTS_PEX_CLI_KNOWN_VERSIONS"}
    if own.intersection(os.environ):
        return None
    named = os.environ.get("PANTS_PEX_CLI_VERSION") or config.string("pex-cli", "version")
    version = (named or DEFAULT_PEX).lstrip("v")
    return _pinned(
        Place(cache, "pex", version), config, "PANTS_PEX_CLI_VERSION", "[pex-cli].version"
    )


def _pinned(place: Place, config: PantsToml, variable: str, option: str) -> Place:
    if "/" not in place.version and place.requirements.is_file():
        return place
    pin = REQUIREMENTS.parent / "pin.py"
    table = facts(
        [
            ("asked for in", variable if os.environ.get(variable) else f"{config.path}, {option}"),
            ("known", ", ".join(known_versions(place.tool))),
        ]
    )
    raise Fault(
        f"./pants knows no file hashes for {place.tool} {place.version}.\n\n"
        f"{table}\n\n"
        "It installs nothing whose hash was not recorded beforehand.\n"
        "To fix, name a known version, or record the hashes of this one, review and commit them:\n"
        "\n"
        f"  python3 {pin} {place.tool} {place.version}"
    )


def _remember_python(cache: Path) -> None:
    require_writable(cache)
    # The real file, not a shim in front of it and not a link that may be pointed elsewhere.
    replace_text(cache / "python3.path", os.path.realpath(sys.executable) + "\n")


def _could_not(error: OSError) -> str:
    table = facts([("file", str(error.filename)), ("reason", error.strerror or str(error))])
    return (
        "A file that ./pants needs could not be read or written.\n\n"
        f"{table}\n\n"
        "To fix, correct that and run ./pants again: it takes up where it stopped."
    )
