"""The pex tool, built from the package index: Pants would download it from a place of its own.

PEX builds itself from its own wheel, whose hash pip checked, with no index in reach: the file is
the same on every machine, and nothing that was not checked gets into it.
"""

from __future__ import annotations

import json
from pathlib import Path

from bootstrap.places import Place

PLATFORMS = ("linux_arm64", "linux_x86_64", "macos_arm64", "macos_x86_64")


def ensure_pex_tool(pants: Place, pex: Place) -> dict[str, str]:
    """Build the tool where it is missing; the variables that point Pants at it."""
    tool = pex.folder / "pex"
    facts_file = pex.folder / "facts.json"
    if not (tool.is_file() and facts_file.is_file()):
        from bootstrap.install import build_pex_tool

        build_pex_tool(pants, pex)
    facts = json.loads(facts_file.read_text(encoding="utf-8"))
    known = [f"v{pex.version}|{name}|{facts['sha256']}|{facts['size']}" for name in PLATFORMS]
    return {
        "PANTS_PEX_CLI_VERSION": f"v{pex.version}",
        "PANTS_PEX_CLI_URL_TEMPLATE": _address(tool),
        "PANTS_PEX_CLI_KNOWN_VERSIONS": repr(known),
    }


def _address(path: Path) -> str:
    # Pants fills in {version} and {platform}; as_uri() leaves no brace that it could mistake.
    return path.as_uri()
