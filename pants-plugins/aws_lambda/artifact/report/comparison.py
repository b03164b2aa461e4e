"""The changes between two builds, from the metadata of their artifacts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

# The metadata of an artifact, as in `<zip>.metadata.json`.
Metadata = Mapping[str, Any]
# The most reasons of one kind that a change lists by name.
_MOST_NAMES = 10


class ChangeKind(Enum):
    """The part of an artifact that a deployment of the newer build changes in AWS."""

    ADDED = "added"
    REMOVED = "removed"
    CODE = "code"
    LAYERS = "layers"
    CONFIGURATION = "configuration"
    NONE = "none"


@dataclass(frozen=True)
class ArtifactChange:
    """The change of an artifact between two builds.

    `reasons` are phrases such as "upgraded: idna 3.9 -> 3.10". `before` and `after` are the
    metadata, `None` if a build does not contain the artifact.
    """

    address: str
    kind: str
    change: ChangeKind
    reasons: tuple[str, ...]
    before: Metadata | None
    after: Metadata | None

    def sizes(self, key: str) -> list[int | None]:
        """The sizes before and after under this key of the metadata, in bytes."""
        return [each[key] if each else None for each in (self.before, self.after)]

    def document(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "kind": self.kind,
            "change": self.change.value,
            "reasons": list(self.reasons),
            "zip_bytes": self.sizes("zip_bytes"),
            "unzipped_bytes": self.sizes("unzipped_bytes"),
        }


def compare_builds(
    before: Iterable[Metadata], after: Iterable[Metadata], existing: Collection[str]
) -> tuple[ArtifactChange, ...]:
    """The change of each artifact of two builds: functions first, each sorted by address.

    `after` may contain a part of the repository only. An artifact counts as removed if its address
    is not in `existing`, the addresses of all targets.
    """
    old = {each["address"]: each for each in before}
    new = {each["address"]: each for each in after}
    layers = {
        address: _compare(old[address], each, {})
        for address, each in new.items()
        if each["kind"] == "layer" and address in old
    }
    found = []
    for address in {*new, *(each for each in old if each not in existing)}:
        one, other = old.get(address), new.get(address)
        if one is None or other is None:
            change = ChangeKind.ADDED if one is None else ChangeKind.REMOVED
            kind = (one or other or {})["kind"]
            found.append(ArtifactChange(address, kind, change, (), one, other))
        else:
            found.append(layers.get(address) or _compare(one, other, layers))
    return tuple(sorted(found, key=lambda each: (each.kind != "function", each.address)))


def _compare(old: Metadata, new: Metadata, layers: Mapping[str, ArtifactChange]) -> ArtifactChange:
    configuration = [*_configuration_reasons(old, new)]
    attached = [*_layer_reasons(old, new, layers)]
    if _content(old) != _content(new):
        code = [*_code_reasons(old, new, is_rebuilt=bool(configuration))]
        change = ChangeKind.CODE
    else:
        code = []
        change = (
            ChangeKind.LAYERS
            if attached
            else ChangeKind.CONFIGURATION if configuration else ChangeKind.NONE
        )
    reasons = (*configuration, *code, *attached)
    return ArtifactChange(new["address"], new["kind"], change, reasons, old, new)


def _content(metadata: Metadata) -> tuple[Any, Any]:
    return metadata["code_sha256"], metadata["content_sha256"]


def _configuration_reasons(old: Metadata, new: Metadata) -> Iterator[str]:
    for key in ("runtime", "architecture", "handler"):
        if old.get(key) != new.get(key):
            yield f"{key}: {old.get(key)} -> {new.get(key)}"


def _layer_reasons(
    old: Metadata, new: Metadata, layers: Mapping[str, ArtifactChange]
) -> Iterator[str]:
    before, after = (
        {each.get("address") or each["arn"]: each for each in of.get("layers", ())}
        for of in (old, new)
    )
    yield from (f"no longer attaches {name}" for name in before if name not in after)
    yield from (f"attaches {name}" for name in after if name not in before)
    kept = [name for name in after if name in before]
    if kept != [name for name in before if name in after]:
        yield "the order of layers"
    for name in kept:
        # A layer by ARN has no hashes.
        if before[name].get("code_sha256") != after[name].get("code_sha256") or before[name].get(
            "content_sha256"
        ) != after[name].get("content_sha256"):
            why = layers[name].reasons if name in layers else ()
            yield f"the layer {name}" + (f" ({'; '.join(why)})" if why else "")


def _code_reasons(old: Metadata, new: Metadata, *, is_rebuilt: bool) -> Iterator[str]:
    """The reasons for other content. `is_rebuilt` says that it is for another runtime, so that
    other wheels and another compiler are expected.
    """
    found = [
        *_source_reasons(old, new),
        *_distribution_reasons(old, new, is_rebuilt=is_rebuilt),
        *_exclusion_reasons(old, new),
    ]
    compilers = [f"{of['bytecode']['mode']} by {of['bytecode']['compiler']}" for of in (old, new)]
    if compilers[0] != compilers[1] and not is_rebuilt:
        found.append(f"bytecode: {compilers[0]} -> {compilers[1]}")
    yield from found
    if found or is_rebuilt:
        return
    if old["content_sha256"] == new["content_sha256"]:
        yield "the same files, written by another interpreter or zlib"
    elif any("sha256" not in each for each in old["sources"]):
        yield "other files, perhaps sources (an older backend wrote no hashes of them)"
    else:
        yield "generated files, such as the re-export of the handler"


def _source_reasons(old: Metadata, new: Metadata) -> Iterator[str]:
    before, after = ({each["path"]: each for each in of["sources"]} for of in (old, new))
    changed = [
        each["source"]
        for path, each in after.items()
        if path in before and "sha256" in before[path] and before[path]["sha256"] != each["sha256"]
    ]
    yield from _named("changed", changed)
    yield from _named("added", [e["source"] for path, e in after.items() if path not in before])
    yield from _named("removed", [e["source"] for path, e in before.items() if path not in after])


def _distribution_reasons(old: Metadata, new: Metadata, *, is_rebuilt: bool) -> Iterator[str]:
    before, after = ({each["name"]: each for each in of["distributions"]} for of in (old, new))
    both = [(before[name], each) for name, each in after.items() if name in before]
    upgraded = [
        f"{one['name']} {one['version']} -> {other['version']}"
        for one, other in both
        if one["version"] != other["version"]
    ]
    yield from _named("other versions", upgraded)
    yield from _named("new distributions", map(_release, _without(after, before)))
    # A distribution that left the artifact may be in a layer or in the runtime now.
    now_in = {each["name"]: each["layer"] for each in new.get("from_layers", ())}
    now_in.update({each["name"]: "`provided`" for each in new["provided"]})
    gone = _without(before, after)
    yield from _named("no longer needed", [_release(e) for e in gone if e["name"] not in now_in])
    yield from _named(
        "moved", [f"{_release(e)} to {now_in[e['name']]}" for e in gone if e["name"] in now_in]
    )
    rebuilt = [
        _release(other)
        for one, other in both
        if one["version"] == other["version"] and one["sha256"] != other["sha256"]
    ]
    if not is_rebuilt:
        yield from _named("other wheels", rebuilt)


def _exclusion_reasons(old: Metadata, new: Metadata) -> Iterator[str]:
    before, after = ({each["entry"]: each for each in of["excluded"]} for of in (old, new))
    yield from _named("excluded", [each["entry"] for each in _without(after, before)])
    yield from _named("no longer excluded", [each["entry"] for each in _without(before, after)])


def _without(ones: Mapping[str, Metadata], others: Collection[str]) -> list[Metadata]:
    return [each for name, each in ones.items() if name not in others]


def _release(distribution: Metadata) -> str:
    return f"{distribution['name']} {distribution['version']}"


def _named(what: str, names: Iterable[str]) -> Iterator[str]:
    every = [*names]
    if every:
        shown = ", ".join(every[:_MOST_NAMES])
        more = f" and {len(every) - _MOST_NAMES} more" if len(every) > _MOST_NAMES else ""
        yield f"{what}: {shown}{more}"
