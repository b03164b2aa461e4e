"""The message for unresolved collisions, with entries of `collisions` that resolve them.

The entries can be pasted into a BUILD file: users should not have to write globs by hand.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from aws_lambda.artifact.collisions.detection import Collision
from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind
from aws_lambda.artifact.errors import Where, columns, describe
from aws_lambda.artifact.globs import escape_glob

_OWN = (OwnerKind.FIRST_PARTY, OwnerKind.EXTRA_FILE)


def collision_message(
    collisions: Sequence[Collision], policies: Mapping[str, str], *, where: Where
) -> str:
    """Return the error message for collisions that neither `policies` nor a rule resolves."""
    facts: list[str] = []
    for collision in collisions:
        facts.append(collision.path)
        rows = [
            (f"  {file.owner}", _claim(file, collision), _size(file.size), file.sha256[:12])
            for file in collision.files
        ]
        facts.extend(columns(rows))
    # The first glob that matches applies, and no glob applies to a re-export.
    applied = {
        next((glob for glob in policies if collision.matches(glob)), None)
        for collision in collisions
        if not collision.has_kind(OwnerKind.REEXPORT)
    }
    failed = [
        f"The entry {_entry(glob, policy)} of `collisions` names none of the owners."
        for glob, policy in policies.items()
        if glob in applied
    ]
    count = len(collisions)
    return describe(
        f"Files collide in {where}: {count} {'path has' if count == 1 else 'paths have'} "
        "more than one owner, with different content.",
        facts=[*facts, *(["", *failed] if failed else [])],
        why=(
            "An artifact can contain only one of them, so code that needs another one gets the "
            "wrong file."
        ),
        fix=_fix(collisions),
    )


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _claim(file: ArtifactFile, collision: Collision) -> str:
    return "" if file.path == collision.path else file.path


def _fix(collisions: Sequence[Collision]) -> str:
    of_reexport = [c for c in collisions if c.has_kind(OwnerKind.REEXPORT)]
    others = [c for c in collisions if c not in of_reexport]
    ways = []
    if of_reexport:
        ways.append(
            'rename the other files, or give `reexport` another name (`reexport=""` for none).'
        )
    if others:
        own = any(c.has_kind(kind) for c in others for kind in _OWN)
        first = "rename or move your own files, or " if own else ""
        entries = "".join(f"      {each}\n" for each in suggest_entries(others))
        ways.append(
            f'{first}choose the owner of each path on the target (`"drop"` for no owner):\n\n'
            f"  collisions={{\n{entries}  }},"
        )
    return "\n\nAlso, ".join(ways)


def suggest_entries(collisions: Sequence[Collision]) -> tuple[str, ...]:
    """Return entries of `collisions` that resolve these collisions, ready to paste.

    Several collisions in one folder get one entry.
    """
    groups: dict[tuple[str, tuple[Owner, ...]], list[Collision]] = {}
    for collision in collisions:
        top, slash, _ = collision.path.partition("/")
        groups.setdefault((top if slash else "", collision.owners), []).append(collision)
    policies: dict[str, list[str]] = {}
    for (_, owners), found in groups.items():
        for glob in _globs(found, collisions):
            # A path may have two collisions, between different owners.
            policies[glob] = ["first"] if glob in policies else _policies(owners)
    # Deeper paths come first, since the first glob that matches applies.
    return tuple(
        f"{_entry(glob, policies[glob][0])},{_choice(policies[glob][1:])}"
        for glob in sorted(policies, key=lambda each: -each.count("/"))
    )


def _globs(group: Sequence[Collision], every: Sequence[Collision]) -> Iterable[str]:
    """Return one glob for a folder, if all of the collisions in it are in the group."""
    folder = posixpath.commonpath([posixpath.dirname(each.path) for each in group])
    glob = f"{escape_glob(folder)}/**"
    matched = [each for each in every if folder and each.matches(glob)]
    if len(group) > 1 and matched == list(group):
        return (glob,)
    return dict.fromkeys(escape_glob(each.path) for each in group)


def _policies(owners: Sequence[Owner]) -> list[str]:
    named = [owner.project for owner in owners if owner.project]
    return named if len(named) == len(owners) else ["first", *named]


def _choice(policies: Sequence[str]) -> str:
    rest = "".join(f' or "{policy}"' for policy in policies)
    return f"  #{rest}" if rest else ""


def _entry(glob: str, policy: str) -> str:
    return f"{json.dumps(glob, ensure_ascii=False)}: {json.dumps(policy, ensure_ascii=False)}"
