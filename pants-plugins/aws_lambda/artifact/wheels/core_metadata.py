"""What a wheel says of itself, in METADATA and WHEEL.

Follows "Core metadata specifications" and "Binary distribution format" (PyPA).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

# What must be there, and its form; of a version, only which characters it may have.
_REQUIRED = (
    ("METADATA", "Name", re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")),
    ("METADATA", "Version", re.compile(r"[A-Za-z0-9._!+*-]+")),
    ("WHEEL", "Wheel-Version", re.compile(r"1\.[0-9]+")),
)
# Of a value in an error, when it is not what it should be.
_MOST_SHOWN = 60


@dataclass(frozen=True)
class WheelDescription:
    """The headers of METADATA and of WHEEL."""

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
        """The fields that speak of licenses, each with its name."""
        return tuple(
            (name, str(value))
            for name in ("License-Expression", "License", "Classifier")
            for value in self.metadata.get_all(name, [])
        )

    def find_problems(self) -> Iterable[tuple[str, str]]:
        """Which file lacks what: `(file, why)`."""
        for file, header, form in _REQUIRED:
            value = (self.metadata if file == "METADATA" else self.wheel)[header]
            if not value:
                yield file, f"it has no `{header}`"
            elif not form.fullmatch(value.strip()):
                yield file, f"its `{header}` is {value[:_MOST_SHOWN]!r}"


def parse_description(metadata: str, wheel: str) -> WheelDescription:
    """Read the texts of METADATA and WHEEL."""
    return WheelDescription(
        *(HeaderParser().parsestr(replace_undecodable_bytes(text)) for text in (metadata, wheel))
    )


def replace_undecodable_bytes(text: str) -> str:
    """A text without the bytes that are not UTF-8, which would break whatever prints them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
