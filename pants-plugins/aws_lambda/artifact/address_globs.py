"""Entries that name several targets, in the syntax of Pants' command line.

`folder:` means the targets of a folder, `folder::` those below it as well, and `folder:api-*` those
whose names match. As in an address, `//` begins at the root of the repository, and an entry that
begins with a colon means the folder of its BUILD file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class AddressGlob:
    """Targets by folder and by name; `name` is a pattern, in which `*` stands for any text."""

    folder: str
    name: str
    is_deep: bool = False

    def matches(self, folder: str, name: str) -> bool:
        is_below = not self.folder or folder.startswith(f"{self.folder}/")
        inside = folder == self.folder or (self.is_deep and is_below)
        return inside and fnmatchcase(name, self.name)


def parse_address_glob(entry: str, relative_to: str) -> AddressGlob | None:
    """The glob that an entry spells; `None` if it is a plain address."""
    folder, colon, name = entry.partition(":")
    if not colon or (name not in ("", ":") and "*" not in name):
        return None
    folder = folder[2:] if folder.startswith("//") else folder or relative_to
    return AddressGlob(folder, "*" if name in ("", ":") else name, is_deep=name == ":")
