"""The metadata of a wheel, in its files METADATA and WHEEL.

The name and version are read from there and not from the file name, since a wheel can be renamed.
Follows "Core metadata specifications" and "Binary distribution format" (PyPA).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

# The required headers and their form. Versions are only checked for their characters.
_REQUIRED = (
    ("METADATA", "Name", re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")),
    ("METADATA", "Version", re.compile(r"[A-Za-z0-9._!+*-]+")),
    ("WHEEL", "Wheel-Version", re.compile(r"1\.[0-9]+")),
)
# The most characters of an invalid value that an error prints.
_MAX_CHARACTERS = 60


@dataclass(frozen=True)
class WheelDescription:
    """The headers of METADATA and WHEEL."""

    metadata: Message
    wheel: Message

    @property
    def name(self) -> str:
        return str(self.metadata["Name"]).strip()

    @property
    def version(self) -> str:
        return str(self.metadata["Version"]).strip()

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(sorted(str(tag) for tag in self.wheel.get_all("Tag", [])))

    @property
    def licenses(self) -> tuple[tuple[str, str], ...]:
        """The headers about licenses, as pairs of a name and a value."""
        return tuple(
            (name, str(value))
            for name in ("License-Expression", "License", "Classifier")
            for value in self.metadata.get_all(name, [])
        )

    @property
    def requires(self) -> tuple[str, ...]:
        """The requirements of the distribution, as in `Requires-Dist`."""
        return tuple(map(str, self.metadata.get_all("Requires-Dist", [])))

    def find_problems(self) -> Iterable[tuple[str, str]]:
        """Yield a pair of a file and a clause for each missing or invalid header."""
        for file, header, form in _REQUIRED:
            value = (self.metadata if file == "METADATA" else self.wheel)[header]
            if not value:
                yield file, f"it has no `{header}`"
            elif not form.fullmatch(value.strip()):
                yield file, f"its `{header}` is {value[:_MAX_CHARACTERS]!r}"


def parse_description(metadata: str, wheel: str) -> WheelDescription:
    """Read the texts of METADATA and WHEEL."""
    return WheelDescription(
        *(HeaderParser().parsestr(replace_undecodable_bytes(text)) for text in (metadata, wheel))
    )


def replace_undecodable_bytes(text: str) -> str:
    """Replace bytes that are not UTF-8, which programs that print the text cannot encode."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
