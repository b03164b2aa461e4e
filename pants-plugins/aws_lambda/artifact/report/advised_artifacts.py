"""The functions and layers of a report, in the form in which `layer_advice.py` gets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.attachment import find_split_packages
from aws_lambda.artifact.options import BytecodeMode
from aws_lambda.artifact.output.bytecode_files import bytecode_path, is_test
from aws_lambda.artifact.report.layer_advice import (
    AdviceGroup,
    AdvisedFunction,
    AdvisedLayer,
    SizedDistribution,
)
from aws_lambda.artifact.report.reported_artifact import (
    ReportedArtifact,
    ReportedDistribution,
)


def advice_groups(artifacts: Sequence[ReportedArtifact]) -> tuple[AdviceGroup, ...]:
    """The functions with equal fields. Only they can share a layer.

    A function without a zip has no place in a group, since its bytes are not uploaded.
    """
    by_address = {each.address: each for each in artifacts}
    groups: dict[tuple[object, ...], list[ReportedArtifact]] = {}
    for each in artifacts:
        if each.is_function and each.zip_bytes is not None:
            # The BUILD text of a parametrized layer is more than a list of fields.
            key = (each.declared.fields, each.declared.is_parametrized)
            groups.setdefault(key, []).append(each)
    return tuple(_group(functions, by_address) for functions in groups.values())


def _group(
    functions: Sequence[ReportedArtifact], by_address: Mapping[str, ReportedArtifact]
) -> AdviceGroup:
    sizes: dict[str, SizedDistribution] = {}
    holders: dict[str, ReportedArtifact] = {}
    requirements: dict[str, frozenset[str]] = {}
    for function in functions:
        for each in function.distributions:
            holder = by_address[each.layer] if each.layer else function
            holders.setdefault(each.distribution.name, holder)
            size = _size(each, holder)
            known = sizes.get(size.name)
            # A layer for several functions has the bytecode of all of them.
            if known is None or known.zip_bytes < size.zip_bytes:
                sizes[size.name] = size
        requirements.update(
            (each.address, each.distributions) for each in function.declared.requirements
        )
    declared = functions[0].declared
    return AdviceGroup(
        declared.fields,
        tuple(sizes[name] for name in sorted(sizes)),
        {} if declared.is_parametrized else requirements,
        tuple(_function(each) for each in functions),
        tuple(_share_packages(holders)),
    )


def _share_packages(holders: Mapping[str, ReportedArtifact]) -> Iterator[frozenset[str]]:
    """The pairs of distributions that a function and its layer cannot divide among themselves.

    `holders` are artifacts that contain the distributions.
    """
    files: dict[str, list[ArtifactFile]] = {name: [] for name in holders}
    for holder in {each.address: each for each in holders.values()}.values():
        for file in holder.manifest.files:
            if holders.get(file.owner.project) is holder:
                files[file.owner.project].append(file)
    views = {name: _view(name, tuple(of)) for name, of in files.items()}
    names_of: dict[str, list[str]] = {}
    for name, view in sorted(views.items()):
        for folder in view.folders:
            names_of.setdefault(folder, []).append(name)
    for one, other in sorted({p for names in names_of.values() for p in combinations(names, 2)}):
        if find_split_packages(views[one], [views[other]]) or find_split_packages(
            views[other], [views[one]]
        ):
            yield frozenset((one, other))


def _view(name: str, files: tuple[ArtifactFile, ...]) -> ArtifactView:
    """A distribution alone, as an artifact. Its `*.dist-info` is next to its modules."""
    infos = (file.path.partition(".dist-info/") for file in files)
    root = next((head.rpartition("/")[0] for head, found, _ in infos if found), "")
    return ArtifactView(name, root, files)


def _size(distribution: ReportedDistribution, holder: ReportedArtifact) -> SizedDistribution:
    name = distribution.distribution.name
    uncompiled = []
    mode = holder.manifest.bytecode.mode
    if mode is BytecodeMode.REACHABLE and holder.python:
        own = [each for each in holder.files if each.project == name]
        paths = {each.path for each in own}
        uncompiled = [
            each
            for each in own
            if each.path.endswith(".py")
            and not is_test(each.path)
            and bytecode_path(each.path, holder.python) not in paths
        ]
    return SizedDistribution(
        name,
        distribution.zip_bytes,
        sum(each.packed for each in uncompiled),
        sum(each.size for each in uncompiled),
    )


def _function(function: ReportedArtifact) -> AdvisedFunction:
    assert function.zip_bytes is not None
    return AdvisedFunction(
        address=function.address,
        zip_bytes=function.zip_bytes,
        own_zip_bytes=function.zip_bytes - sum(d.zip_bytes for d in function.own_distributions),
        unzipped_bytes=function.manifest.total_unzipped_bytes,
        distributions=frozenset(each.distribution.name for each in function.distributions),
        layers=function.declared.attached,
        is_published=function.declared.is_published,
    )


def advised_layers(
    artifacts: Iterable[ReportedArtifact], *, is_whole_repository: bool
) -> Iterator[AdvisedLayer]:
    """The layers. One can be replaced if it contains nothing but distributions, and if the report
    has all functions, so that no other function attaches it.
    """
    for layer in artifacts:
        if not layer.is_function and layer.zip_bytes is not None:
            has_sources = bool(layer.first_party_bytes)
            yield AdvisedLayer(
                layer.address,
                layer.zip_bytes,
                frozenset(each.distribution.name for each in layer.own_distributions),
                layer.declared.attached,
                is_whole_repository and not has_sources and not layer.declared.is_parametrized,
            )
