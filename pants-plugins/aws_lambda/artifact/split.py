"""The split: an artifact contains its dependency closure, minus the contents of its layers.

These are set operations on files, distributions and scripts. They need no file's content, only its
digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.contents import Distribution, normalize_name


@dataclass(frozen=True)
class Contents:
    """The code of an artifact, or of its dependency closure.

    `sources` are the first-party files, as pairs of a path below the folder of importable code and
    a hex SHA-256. `distributions` has one version of each project. `scripts` are the scripts that
    the target asks for, as pairs of a path such as `bin/tool` and a distribution such as
    `tool 1.0`.
    """

    sources: frozenset[tuple[str, str]] = frozenset()
    distributions: frozenset[Distribution] = frozenset()
    scripts: frozenset[tuple[str, str]] = frozenset()

    @property
    def projects(self) -> frozenset[str]:
        """The normalized names of the distributions."""
        return frozenset(distribution.name for distribution in self.distributions)

    def union(self, others: Iterable[Contents]) -> Contents:
        """Return these contents together with others."""
        every = (self, *others)
        return Contents(
            frozenset().union(*(each.sources for each in every)),
            frozenset().union(*(each.distributions for each in every)),
            frozenset().union(*(each.scripts for each in every)),
        )

    def without(self, other: Contents) -> Contents:
        """Return these contents minus others.

        A file is removed if its path and content are equal, and a script if its path and its
        distribution are. A distribution is removed if the other contents have any version of its
        project: `find_version_conflicts` reports different versions.
        """
        return Contents(
            self.sources - other.sources,
            frozenset(d for d in self.distributions if d.name not in other.projects),
            self.scripts - other.scripts,
        )


@dataclass(frozen=True, order=True)
class VersionConflict:
    """A distribution with different versions in artifacts that are loaded together.

    `versions` are pairs of an artifact's address and its version.
    """

    name: str
    versions: tuple[tuple[str, str], ...]


def subtract_layers(closure: Contents, layers: Iterable[Contents]) -> Contents:
    """Return the contents of an artifact: its closure minus the contents of its layers."""
    return closure.without(Contents().union(layers))


def find_layer_distributions(
    closure: Contents, layers: Mapping[str, Contents]
) -> tuple[tuple[Distribution, str], ...]:
    """Return the closure's distributions that layers contain, each with the first such layer.

    `layers` maps addresses to contents, in AWS's order. The result is sorted by name.
    """
    found: dict[str, tuple[Distribution, str]] = {}
    for layer, contents in layers.items():
        for distribution in contents.distributions:
            if distribution.name in closure.projects:
                found.setdefault(distribution.name, (distribution, layer))
    return tuple(found[name] for name in sorted(found))


def find_shared_distributions(
    layers: Mapping[str, Contents],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the projects that several layers contain, each with the layers' addresses, sorted."""
    owners: dict[str, list[str]] = {}
    for layer, contents in layers.items():
        for name in contents.projects:
            owners.setdefault(name, []).append(layer)
    return tuple((n, tuple(found)) for n, found in sorted(owners.items()) if len(found) > 1)


def find_version_conflicts(
    artifact: str, closure: Contents, layers: Mapping[str, Contents]
) -> tuple[VersionConflict, ...]:
    """Return the distributions that have different versions in the closure and its layers.

    `artifact` is the address of the artifact that has the closure. Two layers can also conflict.
    """
    versions: dict[str, list[tuple[str, str]]] = {}
    for owner, contents in ((artifact, closure), *layers.items()):
        for distribution in sorted(contents.distributions):
            versions.setdefault(distribution.name, []).append((owner, distribution.version))
    return tuple(
        VersionConflict(name, tuple(found))
        for name, found in sorted(versions.items())
        if len({version for _, version in found}) > 1
    )


# boto3 and the distributions that exist for it only. Their other requirements, such as urllib3, are
# removed if no other distribution requires them.
SDK_PROJECTS = frozenset({"boto3", "botocore", "s3transfer"})


def expand_provided(names: Sequence[str]) -> frozenset[str]:
    """Return the normalized project names for the field `provided`, where resolving stops.

    `"aws-sdk"` means the projects of the SDK. The requirements that only these projects have are
    left out with them.
    """
    return frozenset(
        each
        for name in names
        for each in (SDK_PROJECTS if name == "aws-sdk" else {normalize_name(name)})
    )
