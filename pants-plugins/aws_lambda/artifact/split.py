"""What an artifact carries itself, given what the layers that it names carry. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.contents import Distribution, normalize_name


@dataclass(frozen=True)
class Contents:
    """The code of an artifact or of its closure.

    `sources` are first-party files: the path below the folder of importable code, and the hex
    SHA-256 of the content. Distributions have one version each. `scripts` are those that the
    artifact was asked for, each with the distribution that brings it.
    """

    sources: frozenset[tuple[str, str]] = frozenset()
    distributions: frozenset[Distribution] = frozenset()
    scripts: frozenset[tuple[str, str]] = frozenset()

    @property
    def projects(self) -> frozenset[str]:
        return frozenset(distribution.name for distribution in self.distributions)

    def union(self, others: Iterable[Contents]) -> Contents:
        every = (self, *others)
        return Contents(
            frozenset().union(*(each.sources for each in every)),
            frozenset().union(*(each.distributions for each in every)),
            frozenset().union(*(each.scripts for each in every)),
        )

    def without(self, other: Contents) -> Contents:
        """Files go by path and content, third-party code by distribution, scripts by name."""
        return Contents(
            self.sources - other.sources,
            frozenset(d for d in self.distributions if d.name not in other.projects),
            self.scripts - other.scripts,
        )


@dataclass(frozen=True, order=True)
class VersionConflict:
    """A distribution that artifacts which are loaded together have in different versions."""

    name: str
    versions: tuple[tuple[str, str], ...]  # (artifact, version)


def subtract_layers(closure: Contents, layers: Iterable[Contents]) -> Contents:
    """The closure minus what the layers carry."""
    return closure.without(Contents().union(layers))


def find_layer_distributions(
    closure: Contents, layers: Mapping[str, Contents]
) -> tuple[tuple[Distribution, str], ...]:
    """Each distribution that a layer provides, with the first layer that does, sorted."""
    found: dict[str, tuple[Distribution, str]] = {}
    for layer, contents in layers.items():
        for distribution in contents.distributions:
            if distribution.name in closure.projects:
                found.setdefault(distribution.name, (distribution, layer))
    return tuple(found[name] for name in sorted(found))


def find_shared_distributions(
    layers: Mapping[str, Contents],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each distribution that several layers carry, with these layers, sorted."""
    owners: dict[str, list[str]] = {}
    for layer, contents in layers.items():
        for name in contents.projects:
            owners.setdefault(name, []).append(layer)
    return tuple((n, tuple(found)) for n, found in sorted(owners.items()) if len(found) > 1)


def find_version_conflicts(
    artifact: str, closure: Contents, layers: Mapping[str, Contents]
) -> tuple[VersionConflict, ...]:
    """Every distribution in two versions between the closure and a layer, or between two layers."""
    versions: dict[str, list[tuple[str, str]]] = {}
    for owner, contents in ((artifact, closure), *layers.items()):
        for distribution in sorted(contents.distributions):
            versions.setdefault(distribution.name, []).append((owner, distribution.version))
    return tuple(
        VersionConflict(name, tuple(found))
        for name, found in sorted(versions.items())
        if len({version for _, version in found}) > 1
    )


# boto3 and what is made for it alone; the rest of the family is what only these need.
SDK_PROJECTS = frozenset({"boto3", "botocore", "s3transfer"})


def expand_provided(names: Sequence[str]) -> frozenset[str]:
    """Where the walk through requirements ends, for what `provided` says.

    `"aws-sdk"` stands for the SDK's own distributions; what only they need goes with them, and what
    something else still needs stays.
    """
    return frozenset(
        each
        for name in names
        for each in (SDK_PROJECTS if name == "aws-sdk" else {normalize_name(name)})
    )
