"""Removes credentials from every line that the publisher prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HIDDEN = "[hidden]"

# User and password in a URL, and the parameters that sign a URL.
_USER_IN_URL = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_SIGNED_PARAMETER = re.compile(
    r"(?i)\b(X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature)=[^&\s\"']+"
)


@dataclass(frozen=True, repr=False)
class Redaction:
    """Replaces secrets in text. `secrets` are the values of the credentials in use."""

    secrets: tuple[str, ...] = ()

    def clean(self, text: str) -> str:
        """The text without secrets, and without users and signatures in URLs."""
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        text = _USER_IN_URL.sub(_HIDDEN, text)
        return _SIGNED_PARAMETER.sub(rf"\1={_HIDDEN}", text)

    def clean_lines(self, lines: Iterable[str]) -> list[str]:
        return [self.clean(line) for line in lines]


def hide_values(values: Sequence[str | None]) -> Redaction:
    """A redaction of these values. Longer ones come first, in case one contains another."""
    present = {value for value in values if value}
    return Redaction(tuple(sorted(present, key=len, reverse=True)))
