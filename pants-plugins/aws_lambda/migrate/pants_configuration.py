"""What pants.toml says about Pants' own AWS Lambda backend, and what to change there."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BACKEND = re.compile(r"""["']pants\.backend\.awslambda\.python["']""")
_SECTION = re.compile(r"^\[lambdex\]", re.MULTILINE)
_LAYOUT = re.compile(r"""^layout\s*=\s*["'](\w+)["']""", re.MULTILINE)
_VERSION = re.compile(r"""^pants_version\s*=\s*["']2\.17\.""", re.MULTILINE)


def notes_on_configuration(text: str) -> Iterator[str]:
    """What to change in pants.toml when all targets are translated, as sentences."""
    backend, section = _BACKEND.search(text), _SECTION.search(text)
    if backend:
        yield (
            f"When no target of Pants' own backend is left, remove {backend[0]} from "
            f"`backend_packages` (line {_line(text, backend.start())})."
        )
    options = text[section.end() :].partition("\n[")[0] if section else ""
    layout = _LAYOUT.search(options)
    # The default was `lambdex` in Pants 2.17, and `zip` in 2.18. Later versions have no Lambdex.
    if layout[1] == "lambdex" if layout else backend and _VERSION.search(text):
        yield (
            "Lambdex named the handler `lambdex_handler.handler` in AWS. Its name is now "
            "`lambda_function.handler`. Change the functions' configuration, or set "
            '`reexport="lambdex_handler.handler"` on the targets.'
        )
    if section:
        yield (
            f"No option of `[lambdex]` (line {_line(text, section.start())}) is used for "
            "`lambda_function`. Remove the section, unless `python_google_cloud_function` uses it."
        )


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
