"""The files of a target's closure: first-party code and installed wheels, before layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import Digest, DigestSubset, MergeDigests, PathGlobs
from pants.engine.target import Target
from pants.util.logging import LogLevel

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    OwnerKind,
    RepositoryOrigin,
    has_only_comments,
)
from aws_lambda.artifact.errors import LayerError, Where, columns, describe
from aws_lambda.artifact.split import Contents
from aws_lambda.artifact.wheels.installed_paths import Placement
from aws_lambda.artifact.wheels.scripts import check_scripts
from aws_lambda.artifact.wheels.wheel import Wheel
from aws_lambda.contents.distributions import (
    DistributionsRequest,
    NativeCodeBuiltHere,
    ResolvedDistributions,
    built_here_message,
    native_wheels,
    resolve_distributions,
)
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.inputs.sources import (
    ImportsRequest,
    SourceFiles,
    SourcesRequest,
    find_imports,
    find_sources,
)
from aws_lambda.inputs.target_inputs import TargetInputs, find_inputs
from aws_lambda.inputs.target_platform import TargetPlatform
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    digest_subset_to_digest,
    get_digest_contents,
    implicitly,
    merge_digests,
    rule,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import (
    LambdaIncludeRequirementsField,
    LambdaIncludeSourcesField,
    LambdaPrefixField,
    LambdaScriptsField,
)
from aws_lambda.third_party.installed_files import InstalledFilesRequest, install_wheel
from aws_lambda.third_party.wheel_contents import ResolvedWheel
from aws_lambda.third_party.wheels import LocalWheelsRequest, build_local_wheels


class PrefixOfAnotherPython(LayerError):
    """The field `prefix` of a layer contains another version of Python than the layer's runtime.
    Lambda searches the folder of the runtime's version only.

    To fix, remove `prefix`, or write the runtime's version into it.
    """


_OWN_NATIVE = (
    "build the wheel in an image of the runtime, and require the wheel in place of the "
    "`python_distribution`; or keep native code out of it."
)


@dataclass(frozen=True)
class ClosureFiles:
    """The files of a target's closure, with importable code in the folder `root`.

    `sources` contains the files of the repository. `imported` are the top-level names that the
    first-party code of a function imports.
    """

    inputs: TargetInputs
    root: str
    files: tuple[ArtifactFile, ...]
    contents: Contents
    third_party: ResolvedDistributions
    imported: frozenset[str]
    sources: Digest
    wheels: tuple[ResolvedWheel, ...]


async def _without_namespace_inits(
    sources: SourceFiles, packages: Iterable[str], root: str
) -> tuple[ArtifactFile, ...]:
    """The first-party files without each `__init__.py` of a namespace that contains no code."""
    paths = {f"{package.replace('.', '/')}/__init__.py" for package in packages}
    inits = {
        file.origin.path: file.path
        for file in sources.files
        if below_root(file.path, root) in paths and isinstance(file.origin, RepositoryOrigin)
    }
    if not inits:
        return sources.files
    contents = await get_digest_contents(
        await digest_subset_to_digest(DigestSubset(sources.digest, PathGlobs(inits)))
    )
    dropped = {inits[each.path] for each in contents if has_only_comments(each.content)}
    return tuple(file for file in sources.files if file.path not in dropped)


@rule(desc="Find the files of the closure", level=LogLevel.DEBUG)
async def find_closure_files(subject: BuildSubject, options: LambdaSubsystem) -> ClosureFiles:
    """Find the files of a target as if it attached no layers.

    1. Find the targets of the closure and the platform.
    2. Gather first-party files, and resolve wheels for the platform.
    3. Place the files of the wheels in the artifact.
    """
    target = await find_target(subject)
    inputs = await find_inputs(subject, **implicitly())
    where, platform = inputs.where, inputs.platform
    root = target[LambdaPrefixField].value if target.has_field(LambdaPrefixField) else ""
    _check_prefix(root, platform, where=where)

    is_function = not target.has_field(LambdaPrefixField)
    targets = inputs.closure.targets if target.get(LambdaIncludeSourcesField).value else ()
    distributions = inputs.closure.distributions if targets else ()
    # A function in strict mode finds its third-party code in its layers.
    wants_wheels = target[LambdaIncludeRequirementsField].value or is_function
    requirement_sets = inputs.third_party if wants_wheels else ()
    sources, imports, third_party, local = await concurrently(
        find_sources(SourcesRequest(targets, root)),
        find_imports(ImportsRequest(targets if is_function else (), platform.python)),
        resolve_distributions(
            DistributionsRequest(inputs.resolve, requirement_sets, platform, where), **implicitly()
        ),
        build_local_wheels(LocalWheelsRequest(distributions)),
    )
    built = native_wheels((each.wheel for each in local.wheels), platform)
    if built:
        raise NativeCodeBuiltHere(built_here_message(built, platform, where=where, fix=_OWN_NATIVE))

    wheels = (*third_party.wheels, *local.wheels)
    placement = _placement(target, [each.wheel for each in wheels], root, platform, where=where)
    of_wheels = await concurrently(
        install_wheel(InstalledFilesRequest(each.file, placement)) for each in wheels
    )
    installed = tuple(file for each in of_wheels for file in each.files)
    of_local = {each.wheel.owner for each in local.wheels}
    built_here = {file.path for file in installed if file.owner in of_local}
    own = await _without_namespace_inits(sources, options.namespace_packages, root)
    # If a `python_distribution` contains a file, the file comes from its wheel.
    files = (*(file for file in own if file.path not in built_here), *installed)
    return ClosureFiles(
        inputs,
        root,
        files,
        contents_of(target, files, (each.wheel.distribution for each in wheels), root),
        third_party,
        imports.names,
        await merge_digests(MergeDigests([sources.digest, inputs.extra.digest])),
        wheels,
    )


def contents_of(
    target: Target,
    files: Iterable[ArtifactFile],
    distributions: Iterable[Distribution],
    root: str,
) -> Contents:
    scripts = {f"bin/{name}" for name in target[LambdaScriptsField].value}
    return Contents(
        frozenset(
            (below_root(file.path, root), file.sha256)
            for file in files
            if file.owner.kind is OwnerKind.FIRST_PARTY
        ),
        frozenset(distributions),
        frozenset(
            (file.path, str(file.owner))
            for file in files
            if file.path in scripts and file.is_third_party
        ),
    )


def below_root(path: str, root: str) -> str:
    return path[len(root) + 1 :] if root else path


def _placement(
    target: Target,
    wheels: Sequence[Wheel],
    root: str,
    platform: TargetPlatform,
    *,
    where: Where,
) -> Placement:
    scripts = target[LambdaScriptsField].value
    check_scripts(scripts, wheels, where=where)
    python = ".".join(map(str, platform.python))
    return Placement(root, f"/var/lang/bin/python{python}", frozenset(scripts))


def _check_prefix(root: str, platform: TargetPlatform, *, where: Where) -> None:
    python = ".".join(map(str, platform.python))
    if root.startswith("python/lib/") and root != f"python/lib/python{python}/site-packages":
        raise PrefixOfAnotherPython(
            describe(
                f"The `prefix` of {where} belongs to another version of Python.",
                facts=columns([("prefix", root), ("built for", platform.described)]),
                why="Lambda looks into the folder of the runtime's own version only.",
                fix=f'set `prefix="python/lib/python{python}/site-packages"`, or leave it out.',
            )
        )


def rules() -> Iterable[Any]:
    return collect_rules()
