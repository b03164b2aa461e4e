"""Subtracts the contents of layers from the closure of a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.target import Target
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from aws_lambda.artifact.checks.layer_combinations import check_duplicate_distributions
from aws_lambda.artifact.checks.runtime_sdk import check_missing_sdk, check_urllib3
from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    OwnerKind,
    RepositoryOrigin,
    WheelOrigin,
)
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import Exclusions, OmittedFiles, apply_exclusions
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.attachment import (
    check_attached_layers,
    find_split_packages,
    init_files_of,
)
from aws_lambda.artifact.output.manifest import TypingOnlyCode
from aws_lambda.artifact.split import (
    Contents,
    find_layer_distributions,
    find_shared_distributions,
    subtract_layers,
)
from aws_lambda.contents.closure_files import (
    ClosureFiles,
    below_root,
    contents_of,
    find_closure_files,
)
from aws_lambda.contents.uncovered import UncoveredRequest, refuse_uncovered
from aws_lambda.inputs.attached_layers import (
    AttachedLayersRequest,
    PresupposedRequest,
    find_attached_layers,
    find_presupposed_layers,
)
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import collect_rules, concurrently, implicitly, rule
from aws_lambda.target_types import (
    LambdaExcludeField,
    LambdaIncludeRequirementsField,
    LambdaScriptsField,
)
from aws_lambda.third_party.native_code import native_code_request, read_repository_native_code
from aws_lambda.third_party.python_modules import (
    ReadModulesRequest,
    read_modules,
    request_modules,
)
from aws_lambda.third_party.wheel_contents import ResolvedWheel


@dataclass(frozen=True)
class CarriedFiles:
    """The files of an artifact before collisions are resolved.

    `closure` contains all files of the closure, including those that the layers contain. `files`
    and `distributions` are in the artifact itself. `from_layers` maps each other distribution to
    the layer that contains it. `root` is the folder of importable code. `sources` contains the
    files of the repository, and `wheels` are the wheels of the closure. `layers` are addresses and
    ARNs, in AWS's order. `left_out` are the files that `exclude` removes, and `typing_only` is the
    code that only type checkers need.
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
    wheels: tuple[ResolvedWheel, ...]
    left_out: tuple[OmittedFiles, ...]
    typing_only: TypingOnlyCode
    findings: tuple[Finding, ...]

    @property
    def subject(self) -> BuildSubject:
        override = self.platform if self.platform.is_override else None
        return BuildSubject(self.target.address, override)

    @property
    def exclude(self) -> Exclusions:
        return Exclusions(self.target[LambdaExcludeField].value)

    @cached_property
    def own_wheels(self) -> tuple[ResolvedWheel, ...]:
        """The wheels of the distributions in the artifact itself."""
        return tuple(each for each in self.wheels if each.wheel.distribution in self.distributions)

    @property
    def scripts(self) -> tuple[str, ...]:
        return self.target[LambdaScriptsField].value

    @property
    def aside(self) -> tuple[tuple[Distribution, tuple[tuple[str, int], ...]], ...]:
        """The entries of wheels that are not installed, by distribution, with sizes in bytes."""
        wheels = (each.wheel for each in self.own_wheels)
        return tuple((wheel.distribution, wheel.omitted_entries(self.scripts)) for wheel in wheels)

    def digests_of(self, files: Iterable[ArtifactFile]) -> FrozenDict[str, Digest]:
        """The digests of the wheels that contain these files, by file name."""
        used = {file.origin.wheel for file in files if isinstance(file.origin, WheelOrigin)}
        return FrozenDict(
            {w.wheel.file_name: w.digest for w in self.wheels if w.wheel.file_name in used}
        )

    @property
    def left_to_layers(self) -> frozenset[tuple[str, str]]:
        """The first-party files of the closure that only layers contain: path and SHA-256."""
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
        """Whether the artifact contains native code from wheels."""
        native = {
            entry.origin for each in self.wheels for entry in each.wheel.entries if entry.is_native
        }
        return any(file.origin in native for file in self.files)

    @cached_property
    def own_files(self) -> tuple[ArtifactFile, ...]:
        """The files of the closure that are in the repository."""
        return tuple(file for file in self.closure if isinstance(file.origin, RepositoryOrigin))

    @property
    def arns(self) -> tuple[str, ...]:
        return tuple(each for each in self.layers if isinstance(each, str))

    @cached_property
    def view(self) -> ArtifactView:
        """This artifact as other artifacts see it that Lambda loads with it."""
        architecture = self.platform.architecture
        return ArtifactView(
            address=self.target.address.spec,
            root=self.root,
            files=self.files,
            python=".".join(map(str, self.platform.python)),
            architecture=architecture.value if architecture else None,
            contents=contents_of(self.target, self.files, self.distributions, self.root),
            required_layers=tuple(each.spec for each in self.layers if isinstance(each, Address)),
        )


async def request_modules_of(
    carried: CarriedFiles, files: Iterable[ArtifactFile]
) -> ReadModulesRequest:
    """The request to read these files of the artifact as Python modules."""
    every = tuple(files)
    return await request_modules(
        carried.platform.python, every, carried.root, carried.digests_of(every)
    )


async def _namespaces(artifact: CarriedFiles, layers: Iterable[CarriedFiles]) -> frozenset[str]:
    """The packages in several artifacts whose every `__init__.py` extends the package's path."""
    every = (artifact, *layers)
    split = find_split_packages(artifact.view, [each.view for each in every[1:]])
    if not split:
        return frozenset()
    inits = [init_files_of(split, each.view) for each in every]
    requests = [await request_modules_of(each, found) for each, found in zip(every, inits)]
    reads = await concurrently(read_modules(each) for each in requests)
    by_package: dict[str, list[bool]] = {}
    for each, found, read in zip(every, inits, reads):
        for file in found:
            package = below_root(file.path, each.root)[: -len("/__init__.py")]
            report = read.of(file)
            by_package.setdefault(package, []).append(bool(report and report.extends_path))
    return frozenset(package for package, extend in by_package.items() if all(extend))


async def _find_native_layers(layers: Sequence[CarriedFiles]) -> frozenset[str]:
    """The addresses of the layers that contain native code."""
    read = await concurrently(
        read_repository_native_code(native_code_request(each.files, each.sources))
        for each in layers
    )
    return frozenset(
        each.target.address.spec
        for each, natives in zip(layers, read)
        if natives.files or each.has_native_wheels
    )


@rule(desc="Subtract layers", level=LogLevel.DEBUG)
async def find_carried_files(subject: BuildSubject) -> CarriedFiles:
    """Subtract the contents of layers from the closure.

    1. Find the closure, and the files of each attached layer.
    2. Subtract first-party files by path and content, and third-party code by distribution.
    3. Remove the files that `exclude` names.
    4. Check that the artifact and its layers can be loaded together.
    """
    target = await find_target(subject)
    # This comes first: layers that attach each other would wait for each other forever.
    await find_presupposed_layers(PresupposedRequest(target))
    closure, attached = await concurrently(
        find_closure_files(subject, **implicitly()),
        find_attached_layers(AttachedLayersRequest(target)),
    )
    layers = await concurrently(find_carried_files(subject.at(each)) for each in attached.addresses)

    inputs, third_party = closure.inputs, closure.third_party
    provided_by = {each.target.address.spec: each.view.contents for each in layers}
    own = subtract_layers(closure.contents, provided_by.values())
    if own.distributions and not target[LambdaIncludeRequirementsField].value:
        await refuse_uncovered(
            UncoveredRequest(target, tuple(sorted(own.distributions)), third_party), **implicitly()
        )
    extra = inputs.extra.files
    kept, left_out = apply_exclusions(
        (*_select_files(closure.files, own, closure.root), *extra),
        Exclusions(target[LambdaExcludeField].value),
    )
    result = CarriedFiles(
        target=target,
        where=inputs.where,
        root=closure.root,
        platform=inputs.platform,
        closure=(*closure.files, *extra),
        files=kept,
        distributions=tuple(sorted(own.distributions)),
        from_layers=find_layer_distributions(closure.contents, provided_by),
        provided=third_party.provided,
        layers=attached.order,
        sources=closure.sources,
        wheels=closure.wheels,
        left_out=left_out,
        typing_only=TypingOnlyCode(
            third_party.typed, tuple(sorted(each.address.spec for each in inputs.closure.typed))
        ),
        findings=(
            *inputs.platform.findings,
            *_findings(closure, provided_by),
            *(each for each in third_party.findings if each.subject in own.projects),
            *inputs.closure.findings(),
        ),
    )
    foreign = [e for e in layers if e.platform.architecture != inputs.platform.architecture]
    check_attached_layers(
        result.view,
        closure.contents,
        [each.view for each in layers],
        named=[each if isinstance(each, str) else each.spec for each in attached.order],
        foreign=await _find_native_layers(foreign),
        namespaces=await _namespaces(result, layers),
        where=inputs.where,
    )
    return result


def _findings(closure: ClosureFiles, provided_by: Mapping[str, Contents]) -> Iterable[Finding]:
    """The findings about the artifact together with its layers."""
    inputs = closure.inputs
    provided = frozenset(name for each in inputs.third_party for name in each.provided)
    together = closure.contents.union(provided_by.values())
    yield from check_urllib3(
        together.distributions, provided, inputs.platform.python, where=inputs.where
    )
    yield from check_missing_sdk(closure.imported, together.projects, provided)
    yield from check_duplicate_distributions(find_shared_distributions(provided_by))


def _select_files(
    files: Iterable[ArtifactFile], own: Contents, root: str
) -> Iterable[ArtifactFile]:
    """The files that belong to these contents."""
    distributions = {str(each) for each in own.distributions}
    for file in files:
        if file.owner.kind is OwnerKind.FIRST_PARTY:
            if (below_root(file.path, root), file.sha256) in own.sources:
                yield file
        elif str(file.owner) in distributions or (file.path, str(file.owner)) in own.scripts:
            yield file


def rules() -> Iterable[Any]:
    return collect_rules()
