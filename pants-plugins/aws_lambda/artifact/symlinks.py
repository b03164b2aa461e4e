"""Symbolic links that Pants cannot follow, with a fix that its own message lacks."""

from __future__ import annotations

import re
from posixpath import dirname, relpath

from aws_lambda.artifact.errors import ConfigurationError, columns, describe

# The messages of the engine of Pants 2.17.1 for such links, which contain no fix.
_MESSAGES = (
    re.compile(r'Failed to read link "(.+)": Absolute symlink: "(.+)"'),
    re.compile(r'While expanding link "(.+)": Globs may not traverse outside .+: "(.+)"'),
)


class LinkNotFollowed(ConfigurationError):
    """A symbolic link in the repository is absolute or leads out of the repository. Pants follows
    only links that are relative and stay in the repository.

    To fix, make the link relative, or add it to `[GLOBAL].pants_ignore` in pants.toml.
    """


def parse_link_error(message: str, root: str) -> LinkNotFollowed | None:
    """Return the error for a message of Pants about a link; `None` for other messages.

    `root` is the absolute path of the repository.
    """
    match = next((m for each in _MESSAGES if (m := each.search(message))), None)
    if match is None:
        return None
    path, target = match.groups()
    path = path[len(root) + 1 :] if path.startswith(f"{root}/") else path
    relink = (
        f"make it relative: `ln -sfn {relpath(target, dirname(f'{root}/{path}'))} {path}`"
        if target.startswith(f"{root}/")
        else "replace it with a copy of the file or folder"
    )
    return LinkNotFollowed(
        describe(
            f"Pants cannot follow the symbolic link {path}.",
            facts=columns([("link", path), ("leads to", target)]),
            why="Pants only follows links that are relative and stay in the repository.",
            fix=f"{relink}; or let Pants ignore it, in pants.toml:\n\n"
            f'  [GLOBAL]\n  pants_ignore.add = ["/{path}"]',
        )
    )
