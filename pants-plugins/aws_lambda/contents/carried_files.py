"""The split: what an artifact carries, given what its layers carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.target import AllUnexpandedTargets, Target, WrappedTargetRequest
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.file_checks import check_carried_twice
from aws_lambda.artifact.checks.runtime_sdk import judge_sdk, missing_sdk
from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    OwnerKind,
    RepositoryOrigin,
    WheelOrigin,
)
from aws_lambda.artifact.errors import LayerError, Where, columns, describe
from aws_lambda.artifact.exclusions import Exclusions, OmittedFiles, apply_exclusions
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.attachment import (
    check_attached,
    inits_of,
    split_packages,
)
from aws_lambda.artifact.output.manifest import TypingOnly
from aws_lambda.artifact.split import (
    Contents,
    find_layer_distributions,
    find_shared_distributions,
    subtract_layers,
)
from aws_lambda.artifact.wheels.pex_lock import find_reachable
from aws_lambda.contents.closure_files import (
    ThirdParty,
    Whole,
    WholeRequest,
    below_root,
    contents_of,
    find_whole,
)
from aws_lambda.inputs.attached_layers import (
    AttachedLayersRequest,
    PresupposedRequest,
    find_layers,
    find_presupposed,
)
from aws_lambda.inputs.target_inputs import NeedsRequest, find_needs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, resolve_target, rule
from aws_lambda.target_types import (
    LambdaExcludeField,
    LambdaIncludeRequirementsField,
    LambdaLayerTarget,
    LambdaScriptsField,
)
from aws_lambda.third_party.native_code import natives_among, read_repository_natives
from aws_lambda.third_party.python_modules import ReadModulesRequest, read_modules
from aws_lambda.third_party.wheels import CarriedWheel, LockRequest, load_lock


class NotCovered(LayerError):
    """A target sets `include_requirements=False`, and neither its layers nor `provided` contain all
    of the third-party code that it needs.

    To fix, attach a layer that contains the distributions that the message lists, add them to
    `provided`, or remove `include_requirements=False`.
    """


@dataclass(frozen=True)
class CarriedRequest:
    address: Address
    stand_in: TargetPlatform | None = None


@dataclass(frozen=True)
class Carried:
    """What an artifact carries, collisions not yet settled.

    `closure` is all that it needs, what its layers carry included. `root` is the folder of
    importable code; `sources` holds the files of the repository, and `wheels` are those of the
    closure. `layers` are in AWS's order, an address or an ARN each. `left_out` is what the target
    says shall not be carried; `typing_only` is left out without being told.
    """

    target: Target
    where: Where
    root: str
    platform: TargetPlatform
    closure: tuple[ArtifactFile, ...]
    files: tuple[ArtifactFile, ...]
    distributions: tuple[Distribution, ...]
    from_layers: tuple[tuple[Distribution, str], ...]
    provided: tuple[tuple[str, str | None], ...]
    layers: tuple[Address | str, ...]
    sources: Digest
    wheels: tuple[CarriedWheel, ...]
    left_out: tuple[OmittedFiles, ...]
    typing_only: TypingOnly
    findings: tuple[Finding, ...]

    @property
    def stand_in(self) -> TargetPlatform | None:
        """The platform, where it is another than the target's own."""
        return self.platform if self.platform.stands_in else None

    @property
    def exclude(self) -> Exclusions:
        return Exclusions(self.target[LambdaExcludeField].value)

    @cached_property
    def own_wheels(self) -> tuple[CarriedWheel, ...]:
        """The wheels of the distributions that the artifact itself carries."""
        return tuple(each for each in self.wheels if each.wheel.distribution in self.distributions)

    @property
    def scripts(self) -> tuple[str, ...]:
        return self.target[LambdaScriptsField].value

    @property
    def aside(self) -> tuple[tuple[Distribution, tuple[tuple[str, int], ...]], ...]:
        """What the wheels of its distributions contain besides, with sizes in bytes."""
        wheels = (each.wheel for each in self.own_wheels)
        return tuple((wheel.distribution, wheel.omitted_entries(self.scripts)) for wheel in wheels)

    def digests_of(self, files: Iterable[ArtifactFile]) -> FrozenDict[str, Digest]:
        """The digests of the wheels that these files lie in, by file name."""
        used = {file.origin.wheel for file in files if isinstance(file.origin, WheelOrigin)}
        return FrozenDict(
            {w.wheel.file_name: w.digest for w in self.wheels if w.wheel.file_name in used}
        )

    @property
    def left_to_layers(self) -> frozenset[tuple[str, str]]:
        """The first-party files that it needs and does not carry, by path and SHA-256."""
        needed, own = (
            {
                (below_root(file.path, self.root), file.sha256)
                for file in files
                if file.owner.kind is OwnerKind.FIRST_PARTY
            }
            for files in (self.closure, self.files)
        )
        return frozenset(needed - own)

    @property
    def has_native_wheels(self) -> bool:
        """Whether native code of wheels is among the files."""
        native = {
            entry.origin for each in self.wheels for entry in each.wheel.entries if entry.is_native
        }
        return any(file.origin in native for file in self.files)

    @cached_property
    def own_files(self) -> tuple[ArtifactFile, ...]:
        """The closure's files that lie in the repository."""
        return tuple(file for file in self.closure if isinstance(file.origin, RepositoryOrigin))

    def reading(self, files: Iterable[ArtifactFile]) -> ReadModulesRequest:
        """What it takes to read these files of the artifact."""
        every = tuple(files)
        return ReadModulesRequest(self.platform.python, every, self.root, self.digests_of(every))

    @property
    def arns(self) -> tuple[str, ...]:
        return tuple(each for each in self.layers if isinstance(each, str))

    @cached_property
    def view(self) -> ArtifactView:
        """This artifact as those see it that are loaded with it."""
        architecture = self.platform.architecture
        return ArtifactView(
            address=self.target.address.spec,
            root=self.root,
            files=self.files,
            python=".".join(map(str, self.platform.python)),
            architecture=architecture.value if architecture else None,
            contents=contents_of(self.target, self.files, self.distributions, self.root),
            presupposes=tuple(each.spec for each in self.layers if isinstance(each, Address)),
        )


@dataclass(frozen=True)
class Ready:
    """An artifact's files as they get written: collisions settled, and the way in among them."""

    carried: Carried
    files: tuple[ArtifactFile, ...]

    @cached_property
    def view(self) -> ArtifactView:
        return replace(self.carried.view, files=self.files)


async def _namespaces(artifact: Carried, layers: Iterable[Carried]) -> frozenset[str]:
    """Of the packages that lie in several artifacts, those whose `__init__.py` allows it."""
    every = (artifact, *layers)
    split = split_packages(artifact.view, [each.view for each in every[1:]])
    if not split:
        return frozenset()
    inits = [inits_of(split, each.view) for each in every]
    reads = await concurrently(
        read_modules(each.reading(found)) for each, found in zip(every, inits)
    )
    by_package: dict[str, list[bool]] = {}
    for each, found, read in zip(every, inits, reads):
        for file in found:
            package = below_root(file.path, each.root)[: -len("/__init__.py")]
            report = read.of(file)
            by_package.setdefault(package, []).append(bool(report and report.extends_path))
    return frozenset(package for package, extend in by_package.items() if all(extend))


async def _native(layers: Sequence[Carried]) -> frozenset[str]:
    """The addresses of the layers that hold native code."""
    read = await concurrently(
        read_repository_natives(natives_among(each.files, each.sources)) for each in layers
    )
    return frozenset(
        each.target.address.spec
        for each, natives in zip(layers, read)
        if natives.files or each.has_native_wheels
    )


@dataclass(frozen=True)
class CoveredRequest:
    """A function that carries no third-party code, and what of it nobody covers."""

    target: Target
    missing: tuple[Distribution, ...]
    third_party: ThirdParty


@dataclass(frozen=True)
class Covered:
    pass


@rule(desc="Look for layers that cover the rest", level=LogLevel.DEBUG)
async def refuse_uncovered(request: CoveredRequest, every: AllUnexpandedTargets) -> Covered:
    """Raises `NotCovered`, with the layers to attach as far as they cover it."""
    needs, attached = await concurrently(
        find_needs(NeedsRequest(request.target), **implicitly()),
        find_layers(AttachedLayersRequest(request.target)),
    )
    others = [
        target
        for target in every
        if isinstance(target, LambdaLayerTarget) and target.address not in attached.order
    ]
    of_layers = await concurrently(
        find_needs(NeedsRequest(layer), **implicitly()) for layer in others
    )
    lock = (await load_lock(LockRequest(needs.resolve), **implicitly())).lock
    named = [each if isinstance(each, str) else each.spec for each in attached.order]
    missing = {each.name for each in request.missing}
    for layer, of_layer in zip(others, of_layers):
        fits = (of_layer.resolve, of_layer.platform) == (needs.resolve, needs.platform)
        if not fits or not layer[LambdaIncludeRequirementsField].value:
            continue
        covered = {
            project.name
            for need in of_layer.third_party
            for platform in needs.platform.platforms
            for project in find_reachable(lock, need.requirements, platform, provided=need.provided)
        }
        if covered & missing:
            named.append(layer.address.spec)
            missing -= covered
    raise NotCovered(_not_covered(request, named if not missing else [], where=needs.where))


def _not_covered(request: CoveredRequest, layers: Sequence[str], *, where: Where) -> str:
    why = request.third_party.needed_by
    rows = [
        (each.name, each.version, f"needed by {why.get(each.name, 'the code')}")
        for each in request.missing
    ]
    listed = ", ".join(f'"{each}"' for each in layers)
    return describe(
        f"{where.at_start} carries no third-party code, and not all that it needs is " "covered.",
        facts=columns(rows),
        why="Neither its layers carry these, nor are they `provided`.",
        fix=(
            f"set `layers=[{listed}]`."
            if layers
            else (
                "attach a layer that carries them, list them in `provided`, or drop "
                "`include_requirements=False`."
            )
        ),
    )


@rule(desc="Find what the artifact carries", level=LogLevel.DEBUG)
async def carry(request: CarriedRequest) -> Carried:
    wrapped = await resolve_target(
        WrappedTargetRequest(request.address, description_of_origin="package"), **implicitly()
    )
    target = wrapped.target
    # First of all, since layers that name each other in a circle would wait for each other.
    await find_presupposed(PresupposedRequest(target))
    whole, attached = await concurrently(
        find_whole(WholeRequest(target, request.stand_in), **implicitly()),
        find_layers(AttachedLayersRequest(target)),
    )
    layers = await concurrently(
        carry(CarriedRequest(each, request.stand_in)) for each in attached.addresses
    )

    needs, third_party = whole.needs, whole.third_party
    provided_by = {each.target.address.spec: each.view.contents for each in layers}
    own = subtract_layers(whole.contents, provided_by.values())
    if own.distributions and not target[LambdaIncludeRequirementsField].value:
        await refuse_uncovered(
            CoveredRequest(target, tuple(sorted(own.distributions)), third_party), **implicitly()
        )
    extra = needs.extra.files
    kept, left_out = apply_exclusions(
        (*_belonging(whole.files, own, whole.root), *extra),
        Exclusions(target[LambdaExcludeField].value),
    )
    result = Carried(
        target,
        needs.where,
        whole.root,
        needs.platform,
        (*whole.files, *extra),
        kept,
        tuple(sorted(own.distributions)),
        find_layer_distributions(whole.contents, provided_by),
        third_party.provided,
        attached.order,
        whole.sources,
        whole.wheels,
        left_out,
        TypingOnly(
            third_party.typed, tuple(sorted(each.address.spec for each in needs.closure.typed))
        ),
        (
            *needs.platform.findings,
            *_findings(whole, provided_by),
            *(each for each in third_party.findings if each.subject in own.projects),
            *needs.closure.findings(),
        ),
    )
    foreign = [e for e in layers if e.platform.architecture != needs.platform.architecture]
    check_attached(
        result.view,
        whole.contents,
        [each.view for each in layers],
        named=[each if isinstance(each, str) else each.spec for each in attached.order],
        foreign=await _native(foreign),
        namespaces=await _namespaces(result, layers),
        where=needs.where,
    )
    return result


def _findings(whole: Whole, provided_by: Mapping[str, Contents]) -> Iterable[Finding]:
    """What a user should know of the artifact together with its layers."""
    needs = whole.needs
    said = frozenset(name for need in needs.third_party for name in need.provided)
    together = whole.contents.union(provided_by.values())
    yield from judge_sdk(together.distributions, said, needs.platform.python, where=needs.where)
    yield from missing_sdk(whole.imported, together.projects, said)
    yield from check_carried_twice(find_shared_distributions(provided_by))


def _belonging(files: Iterable[ArtifactFile], own: Contents, root: str) -> Iterable[ArtifactFile]:
    """The files of these contents."""
    distributions = {str(each) for each in own.distributions}
    for file in files:
        if file.owner.kind is OwnerKind.FIRST_PARTY:
            if (below_root(file.path, root), file.sha256) in own.sources:
                yield file
        elif str(file.owner) in distributions or (file.path, str(file.owner)) in own.scripts:
            yield file


def rules() -> Iterable[Any]:
    return collect_rules()
