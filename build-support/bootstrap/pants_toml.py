"""What pants.toml says, read before there is a TOML library to read it with.

Python 3.8 has none. The two versions are found by a scanner that knows TOML's strings, comments and
brackets, and nothing else. Once Pants is installed, its own TOML library reads the whole file; what
it read is kept in the cache folder under the hash of the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.fault import Fault
from bootstrap.places import Place, replace_text

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
    path: Path
    text: str

    @property
    def root(self) -> Path:
        return self.path.parent

    @classmethod
    def nearest(cls, folder: Path, example_version: str) -> PantsToml:
        """The pants.toml of `folder` or of the first folder above it that has one."""
        for candidate in (folder, *folder.parents):
            path = candidate / "pants.toml"
            if path.is_file():
                return cls(path, path.read_text(encoding="utf-8", errors="replace"))
        raise Fault(
            f"There is no pants.toml in {folder} or in any folder above it.\n\n"
            "Pants works in repositories: the top folder of one holds a pants.toml.\n"
            "To fix, change to a folder of such a repository, or make this one:"
            " write to pants.toml\n\n"
            "  [GLOBAL]\n"
            f'  pants_version = "{example_version}"'
        )

    def string(self, table: str, key: str) -> str | None:
        """The string that `key` of `table` is set to; `None` where there is no such string."""
        wanted = (table, key)
        current: tuple[str, ...] = ()
        for statement in _statements(self.text):
            if statement[0] == "[":
                current = _dotted(statement[1 : statement.index("]")])
            elif "=" in statement:
                equals = statement.index("=")
                value = statement[equals + 1 :]
                quoted = _QUOTES.match(value[0]) if len(value) == 1 else None
                if quoted and current + _dotted(statement[:equals]) == wanted:
                    return quoted.group(2)
        return None

    def whole(self, pants: Place) -> dict[str, Any]:
        """All of it, as Pants reads it; empty where Pants could not (it will say so itself)."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        kept = pants.cache / "pants-toml" / f"{digest}.json"
        try:
            return dict(json.loads(kept.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            pass
        read = _parse_with(pants, self.text)
        if read is None:
            return {}
        replace_text(kept, read)
        return dict(json.loads(read))


def _parse_with(pants: Place, text: str) -> str | None:
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
    """The tokens of each header and of each `key = value`, values over several lines in one."""
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


def _dotted(tokens: list[str]) -> tuple[str, ...]:
    return tuple(_QUOTES.sub(r"\2", token) for token in tokens if token not in ".[")
