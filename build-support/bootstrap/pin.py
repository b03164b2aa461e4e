"""Records the file hashes of a tool, for ./pants to install: `python3 pin.py pants 2.17.1`.

Needs `uv`. The requirement file that it writes lists every project that the tool needs on Linux and
macOS, for x86-64 and arm64, with the hashes of all files and without the address of an index.
Review and commit it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"

PROJECTS = {"pants": "pantsbuild.pants", "pex": "pex", "uv": "uv"}


def main(tool: str, version: str) -> int:
    target = REQUIREMENTS / tool / f"{version}.txt"
    overrides = REQUIREMENTS / f"{tool}-overrides.txt"
    options = ["--universal", "--python-version=3.9", "--only-binary=:all:", "--generate-hashes"]
    options += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    if overrides.is_file():
        options += ["--override", str(overrides)]
    # uv reads no PIP_*.
    if os.environ.get("PIP_INDEX_URL"):
        options += ["--default-index", os.environ["PIP_INDEX_URL"]]
    compiled = subprocess.run(
        ["uv", "pip", "compile", *options, "-"],
        check=False,
        input=f"{PROJECTS[tool]}=={version}\n",
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    if compiled.returncode != 0:
        return compiled.returncode
    command = f"python3 build-support/bootstrap/pin.py {tool} {version}"
    target.write_text(f"# Made by: {command}\n{compiled.stdout}", encoding="utf-8")
    print(f"Wrote {target}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in PROJECTS:
        sys.exit(f"Usage: python3 {sys.argv[0]} {{{','.join(PROJECTS)}}} VERSION")
    sys.exit(main(sys.argv[1], sys.argv[2]))
