"""Builds two targets, and reads the files of both for a comparison."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile, is_zipfile

from pants.core.goals.package import EnvironmentAwarePackageRequest, PackageFieldSet
from pants.engine.addresses import Address
from pants.engine.fs import FileContent
from pants.engine.unions import UnionMembership
from pants.util.logging import LogLevel

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, describe
from aws_lambda.contents.closure_files import below_root
from aws_lambda.contents.final_files import FinalFiles, find_final_files
from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.migrate.compare_builds import (
    Build,
    PackedFile,
    SplitFacts,
    compare_builds,
    describe_comparison,
    owners_by_record,
    unpack_pex,
    with_owners,
)
from aws_lambda.pants_api import (
    collect_rules,
    concurrently,
    environment_aware_package,
    get_digest_contents,
    implicitly,
    rule,
)
from aws_lambda.subsystem import LambdaSubsystem
from aws_lambda.target_types import LambdaLayoutField


class NotComparable(ConfigurationError):
    """`lambda-migrate --compare` was not given two targets that it can compare. `package` must
    build both, and the second must be a target of this backend, whose build tells the reasons for
    differences.

    To fix, name the old target first, as in
    `pants lambda-migrate --compare src/api:old src/api:fn`.
    """


@dataclass(frozen=True)
class ComparisonRequest:
    """The addresses of the old and the new target."""

    old: Address
    new: Address


@dataclass(frozen=True)
class ComparisonReport:
    text: str


@dataclass(frozen=True)
class BuiltFilesRequest:
    """The address of a target that some backend can package."""

    address: Address


@dataclass(frozen=True)
class BuiltFiles:
    """The files of the artifact of a target, with the owners that the artifact itself tells."""

    files: tuple[PackedFile, ...]


@rule(desc="Build a target to compare it", level=LogLevel.DEBUG)
async def read_built_files(request: BuiltFilesRequest, unions: UnionMembership) -> BuiltFiles:
    target = await find_target(BuildSubject(request.address))
    kinds = [each for each in unions.get(PackageFieldSet) if each.is_applicable(target)]
    if not kinds:
        raise NotComparable(_not_comparable(f"`package` builds nothing for {request.address}."))
    package = await environment_aware_package(
        EnvironmentAwarePackageRequest(kinds[0].create(target))
    )
    contents = await get_digest_contents(package.digest)
    output = package.artifacts[0].relpath or ""
    return BuiltFiles(_packed_files(contents, output))


@rule(desc="Compare two builds", level=LogLevel.DEBUG)
async def compare_targets(request: ComparisonRequest, options: LambdaSubsystem) -> ComparisonReport:
    """Build both targets, and explain the differences with what decided the new build."""
    new_target = await find_target(BuildSubject(request.new))
    if not new_target.has_field(LambdaLayoutField):
        raise NotComparable(
            _not_comparable(
                f"The second target, {request.new}, is a `{new_target.alias}`. Only targets of "
                "this backend know why they contain a file."
            )
        )
    old, new = await concurrently(
        read_built_files(BuiltFilesRequest(request.old), **implicitly()),
        read_built_files(BuiltFilesRequest(request.new), **implicitly()),
    )
    final = await find_final_files(BuildSubject(request.new))
    owners = {file.path: str(file.owner) for file in final.files if file.is_third_party}
    comparison = compare_builds(
        Build(request.old.spec, old.files),
        Build(request.new.spec, with_owners(new.files, owners)),
        _facts(final, options.namespace_packages),
    )
    return ComparisonReport(describe_comparison(comparison))


def _facts(final: FinalFiles, namespaces: Iterable[str]) -> SplitFacts:
    carried = final.carried
    start = f"{carried.root}/" if carried.root else ""
    layer_files: dict[str, str] = {}
    for layer in final.layers:
        for file in layer.files:
            if not file.is_third_party:
                path = start + below_root(file.path, layer.carried.root)
                layer_files.setdefault(path, layer.carried.target.address.spec)
    resolutions = final.resolved.resolutions
    return SplitFacts(
        closure=frozenset(file.path for file in carried.closure),
        closure_projects=frozenset(
            file.owner.project for file in carried.closure if file.is_third_party
        ),
        layer_files=layer_files,
        layer_projects={each.name: layer for each, layer in carried.from_layers},
        provided=frozenset(name for name, _ in carried.provided),
        typing_projects=frozenset(name for name, _ in carried.typing_only.distributions),
        typing_sources=frozenset(each.partition(":")[0] for each in carried.typing_only.targets),
        namespace_files=frozenset(
            f"{start}{each.replace('.', '/')}/__init__.py" for each in namespaces
        ),
        excluded={file.path: each.entry for each in carried.left_out for file in each.files},
        winners={each.path: each.winner or "no file" for each in resolutions if each.others},
        appended=frozenset(each.path for each in resolutions if not each.others),
    )


def _packed_files(contents: Sequence[FileContent], output: str) -> tuple[PackedFile, ...]:
    """The files of an artifact, which is a zip or a folder, by their paths in it."""
    files: list[PackedFile] = []
    records: dict[str, str] = {}
    for each in contents:
        if each.path == output and is_zipfile(BytesIO(each.content)):
            with ZipFile(BytesIO(each.content)) as archive:
                for entry in archive.infolist():
                    if not entry.is_dir():
                        files.append(PackedFile(entry.filename, entry.file_size, entry.CRC))
                    if entry.filename.endswith(".dist-info/RECORD"):
                        records[entry.filename] = archive.read(entry).decode(errors="replace")
        elif each.path.startswith(f"{output}/"):
            path = each.path[len(output) + 1 :]
            files.append(PackedFile(path, len(each.content), zlib.crc32(each.content)))
            if path.endswith(".dist-info/RECORD"):
                records[path] = each.content.decode(errors="replace")
    return with_owners(unpack_pex(files), owners_by_record(records))


def not_two_targets(names: Iterable[str]) -> NotComparable:
    """The error for arguments of `--compare` that are not two addresses."""
    named = ", ".join(names) or "none"
    return NotComparable(_not_comparable(f"`--compare` takes two addresses, and got {named}."))


def _not_comparable(what: str) -> str:
    command = pants_command("lambda-migrate --compare src/api:old src/api:fn")
    return describe(what, fix=f"name the old target, and then the `lambda_function`: `{command}`.")


def rules() -> Iterable[Any]:
    return collect_rules()
