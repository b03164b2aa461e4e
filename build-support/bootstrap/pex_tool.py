"""The pex tool, which Pants would otherwise download from a server other than the package index.

PEX builds itself from its own wheel, whose hash pip verified, without access to an index. The file
is the same on every machine and contains only files with a verified hash.
"""

from __future__ import annotations

import json
from pathlib import Path

from bootstrap.installation import Installation

PLATFORMS = ("linux_arm64", "linux_x86_64", "macos_arm64", "macos_x86_64")


def is_built(pex: Installation) -> bool:
    """Whether the tool and the file with its hash exist."""
    return (pex.folder / "pex").is_file() and (pex.folder / "facts.json").is_file()


def pex_tool_variables(pex: Installation) -> dict[str, str]:
    """The environment variables that name the tool to Pants."""
    tool = pex.folder / "pex"
    facts = json.loads((pex.folder / "facts.json").read_text(encoding="utf-8"))
    known = [f"v{pex.version}|{name}|{facts['sha256']}|{facts['size']}" for name in PLATFORMS]
    return {
        "PANTS_PEX_CLI_VERSION": f"v{pex.version}",
        "PANTS_PEX_CLI_URL_TEMPLATE": _url_template(tool),
        "PANTS_PEX_CLI_KNOWN_VERSIONS": repr(known),
    }


def _url_template(path: Path) -> str:
    # Pants replaces {version} and {platform}. `as_uri()` quotes braces that are part of the path.
    return path.as_uri()
