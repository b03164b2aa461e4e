"""Globs that name several targets of a field, in the syntax of Pants' command line.

`folder:` matches the targets in a folder, `folder::` also those below it, and `folder:api-*` the
targets in the folder whose names match. As in an address, `//` starts at the root of the
repository, and an entry that starts with a colon is relative to the folder of its BUILD file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class AddressGlob:
    """A glob that matches targets by folder and by name.

    `folder` is relative to the root of the repository. In `name`, `*` matches any text. A glob that
    `is_deep` also matches targets below the folder.
    """

    folder: str
    name: str
    is_deep: bool = False

    def matches(self, folder: str, name: str) -> bool:
        """Whether the glob matches the target of this name in this folder."""
        is_below = not self.folder or folder.startswith(f"{self.folder}/")
        inside = folder == self.folder or (self.is_deep and is_below)
        return inside and fnmatchcase(name, self.name)


def parse_address_glob(entry: str, relative_to: str) -> AddressGlob | None:
    """Parse an entry of a field; return `None` for a plain address.

    `relative_to` is the folder of the entry's BUILD file.
    """
    folder, colon, name = entry.partition(":")
    if not colon or (name not in ("", ":") and "*" not in name):
        return None
    folder = folder[2:] if folder.startswith("//") else folder or relative_to
    return AddressGlob(folder, "*" if name in ("", ":") else name, is_deep=name == ":")
