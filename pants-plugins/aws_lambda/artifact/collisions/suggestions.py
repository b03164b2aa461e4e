"""What is said of collisions that nobody settles, with the entries that would."""

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
    clashes: Sequence[Collision], policies: Mapping[str, str], *, where: Where
) -> str:
    facts: list[str] = []
    for clash in clashes:
        facts.append(clash.path)
        rows = [
            (f"  {file.owner}", _claim(file, clash), _size(file.size), file.sha256[:12])
            for file in clash.files
        ]
        facts.extend(columns(rows))
    # The first glob that matches counts, and none does for a re-export.
    counting = {
        next((glob for glob in policies if clash.matches(glob)), None)
        for clash in clashes
        if not clash.has_kind(OwnerKind.REEXPORT)
    }
    idle = [
        f"`collisions` has {_entry(glob, policy)}, which is none of the owners."
        for glob, policy in policies.items()
        if glob in counting
    ]
    count = len(clashes)
    return describe(
        f"Files collide in {where}: {count} {'path has' if count == 1 else 'paths have'} "
        "more than one owner, with different content.",
        facts=[*facts, *(["", *idle] if idle else [])],
        why="An artifact holds one of them, and whoever imports the other gets the wrong code.",
        fix=_fix(clashes),
    )


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def _claim(file: ArtifactFile, clash: Collision) -> str:
    return "" if file.path == clash.path else file.path


def _fix(clashes: Sequence[Collision]) -> str:
    of_reexport = [c for c in clashes if c.has_kind(OwnerKind.REEXPORT)]
    others = [c for c in clashes if c not in of_reexport]
    ways = []
    if of_reexport:
        ways.append(
            'rename the files, or give `reexport` another name (`reexport=""` for none), '
            "if the re-export is one of them."
        )
    if others:
        own = any(c.has_kind(kind) for c in others for kind in _OWN)
        first = "rename or move the files of your own that are among them, or " if own else ""
        entries = "".join(f"      {each}\n" for each in suggest_entries(others))
        ways.append(
            f'{first}say on the target whose file it shall hold (`"drop"`: nobody\'s):\n\n'
            f"  collisions={{\n{entries}  }},"
        )
    return "\n\nAnd ".join(ways)


def suggest_entries(clashes: Sequence[Collision]) -> tuple[str, ...]:
    """Entries of `collisions`, ready to paste, that settle these; one for a folder of several."""
    groups: dict[tuple[str, tuple[Owner, ...]], list[Collision]] = {}
    for clash in clashes:
        top, slash, _ = clash.path.partition("/")
        groups.setdefault((top if slash else "", clash.owners), []).append(clash)
    policies: dict[str, list[str]] = {}
    for (_, owners), found in groups.items():
        for glob in _globs(found, clashes):
            # One path may clash in two ways, between other owners.
            policies[glob] = ["first"] if glob in policies else _policies(owners)
    # What lies in a folder comes before it, since the first glob that matches counts.
    return tuple(
        f"{_entry(glob, policies[glob][0])},{_choice(policies[glob][1:])}"
        for glob in sorted(policies, key=lambda each: -each.count("/"))
    )


def _globs(group: Sequence[Collision], every: Sequence[Collision]) -> Iterable[str]:
    """One for the folder of several, if nothing in it is open between others."""
    folder = posixpath.commonpath([posixpath.dirname(each.path) for each in group])
    glob = f"{escape_glob(folder)}/**"
    meant = [each for each in every if folder and each.matches(glob)]
    if len(group) > 1 and meant == list(group):
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
