"""Reads pants.toml, at first without a TOML library.

Python 3.8 to 3.10 contain none. Until Pants is installed, a scanner that knows the strings,
comments and brackets of TOML finds the versions of Pants and PEX. Afterwards, the TOML library of
Pants reads the whole file. The cache folder keeps the result under the hash of the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.cache_folder import replace_text
from bootstrap.installation import Installation
from bootstrap.messages import UserError

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<newline>\n)"
    r"|(?P<mark>[\[\]{}=,.])"
    r"|(?P<word>[^\s\[\]{}=,.\"'\#]+)",
    re.DOTALL,
)

_QUOTES = re.compile(r"""^(\"\"\"|'''|"|')(.*)\1$""", re.DOTALL)


class PantsToml(NamedTuple):
    """A pants.toml file and its text."""

    path: Path
    text: str

    @property
    def root(self) -> Path:
        return self.path.parent

    @classmethod
    def nearest(cls, folder: Path, example_version: str) -> PantsToml:
        """Read the pants.toml of `folder`, or of the first folder above it that contains one."""
        for candidate in (folder, *folder.parents):
            path = candidate / "pants.toml"
            if path.is_file():
                return cls(path, path.read_text(encoding="utf-8", errors="replace"))
        raise UserError(
            f"There is no pants.toml in {folder} or in any folder above it.\n\n"
            "Pants works in repositories that have a pants.toml in their root folder.\n"
            "To fix, change to a folder of such a repository, or create a pants.toml here:\n\n"
            "  [GLOBAL]\n"
            f'  pants_version = "{example_version}"'
        )

    def string(self, table: str, key: str) -> str | None:
        """The value of `key` in `table`. `None` if it is missing or not a string."""
        wanted = (table, key)
        current: tuple[str, ...] = ()
        for statement in _statements(self.text):
            if statement[0] == "[":
                current = _key_parts(statement[1 : statement.index("]")])
            elif "=" in statement:
                equals = statement.index("=")
                value = statement[equals + 1 :]
                quoted = _QUOTES.match(value[0]) if len(value) == 1 else None
                if quoted and current + _key_parts(statement[:equals]) == wanted:
                    return quoted.group(2)
        return None

    def parsed(self, pants: Installation) -> dict[str, Any]:
        """The whole file, as Pants reads it. Empty if it is not valid, which Pants then reports."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        kept = pants.cache / "pants-toml" / f"{digest}.json"
        try:
            return dict(json.loads(kept.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            pass
        as_json = _parse_with_pants(pants, self.text)
        if as_json is None:
            return {}
        replace_text(kept, as_json)
        return dict(json.loads(as_json))


def _parse_with_pants(pants: Installation, text: str) -> str | None:
    """The text of a pants.toml, as JSON. `None` if it is not valid TOML."""
    import subprocess

    program = (
        "import json, sys, toml; json.dump(toml.loads(sys.stdin.read()), sys.stdout, default=str)"
    )
    parsed = subprocess.run(
        [str(pants.python), "-I", "-X", "utf8", "-c", program],
        check=False,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    return parsed.stdout if parsed.returncode == 0 else None


def _statements(text: str) -> Iterator[list[str]]:
    """Yield the tokens of each header and of each `key = value`, which may span several lines."""
    tokens: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(text + "\n"):
        token = match.group()
        if match.lastgroup == "comment":
            continue
        if match.lastgroup == "newline":
            if tokens and depth <= 0:
                yield tokens
                tokens, depth = [], 0
            continue
        if match.lastgroup == "mark":
            depth += (token in "[{") - (token in "]}")
        tokens.append(token)


def _key_parts(tokens: list[str]) -> tuple[str, ...]:
    return tuple(_QUOTES.sub(r"\2", token) for token in tokens if token not in ".[")
