"""Looks for what would fail in Lambda: measures what is not known yet, and lets the core judge.

`verify_imports.py` has the checks of what the handler imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pants.engine.fs import DigestSubset, PathGlobs

from aws_lambda.artifact.checks.file_checks import (
    check_modes,
    check_paths,
    check_programs,
    check_start_lines,
    check_stdlib,
    check_tags,
    check_unknown_layers,
)
from aws_lambda.artifact.checks.native_compatibility import (
    NativeFile,
    check_native,
    libraries_given,
)
from aws_lambda.artifact.contents import ArtifactFile, RepositoryOrigin, WheelOrigin
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.wheels.wheel import parse_pth_lines
from aws_lambda.contents.carried_files import Carried, Ready
from aws_lambda.inputs.parametrized import ServedFunctionsRequest, find_functions
from aws_lambda.pants_api import (
    digest_subset_to_digest,
    first_and_rest,
    get_digest_contents,
    implicitly,
)
from aws_lambda.target_types import LambdaScriptsField
from aws_lambda.third_party.native_code import (
    WheelNativesRequest,
    natives_among,
    read_repository_natives,
    read_wheel_natives,
)


@dataclass(frozen=True)
class Verified:
    """What was found in an artifact. Imports depend on the `.pth` files in `needed`."""

    findings: tuple[Finding, ...]
    needed: frozenset[ArtifactFile] = frozenset()


async def pth_lines_of(artifacts: Iterable[Ready]) -> Callable[[ArtifactFile], Sequence[str]]:
    """The lines of a `.pth` file of these artifacts that `site` heeds."""
    lines: dict[tuple[str, str], list[str]] = {}
    for artifact in artifacts:
        for each in artifact.carried.wheels:
            for entry, line in each.wheel.pth_lines:
                lines.setdefault((each.wheel.file_name, entry), []).append(line)
        origins = [
            file.origin.path
            for file in (*artifact.files, *left_out_pth(artifact))
            if isinstance(file.origin, RepositoryOrigin) and file.path.endswith(".pth")
        ]
        if origins:
            own = await get_digest_contents(
                await digest_subset_to_digest(
                    DigestSubset(artifact.carried.sources, PathGlobs(origins))
                )
            )
            for content in own:
                lines["", content.path] = [
                    *parse_pth_lines(content.content.decode(errors="replace"))
                ]
    return lambda file: lines.get(place_of(file), ())


def left_out_pth(artifact: Ready) -> Iterator[ArtifactFile]:
    """The `.pth` files that `exclude` leaves out."""
    for each in artifact.carried.left_out:
        yield from (file for file in each.files if file.path.endswith(".pth"))


async def _natives(
    carried: Carried, files: Iterable[ArtifactFile]
) -> tuple[tuple[ArtifactFile, NativeFile], ...]:
    """The native code that an artifact carries."""
    used = carried.digests_of(files)
    wheels = [
        each.wheel
        for each in carried.wheels
        if each.wheel.file_name in used and any(entry.is_native for entry in each.wheel.entries)
    ]
    of_repository, of_wheels = await first_and_rest(
        read_repository_natives(natives_among(files, carried.sources)),
        (read_wheel_natives(WheelNativesRequest(w.file_name, used[w.file_name])) for w in wheels),
    )
    found = {
        (wheel.file_name, entry): native
        for wheel, natives in zip(wheels, of_wheels)
        for entry, native in natives.files.items()
    }
    found.update((("", path), native) for path, native in of_repository.files.items())
    return tuple((file, native) for file in files if (native := found.get(place_of(file))))


def place_of(file: ArtifactFile) -> tuple[str, str]:
    """Where a file's bytes lie: in which wheel, `""` for the repository, and under which path."""
    if isinstance(file.origin, WheelOrigin):
        return (file.origin.wheel, file.origin.entry)
    return ("", file.owner.name)


async def verify_files(
    artifact: Ready, layers: Sequence[Ready], *, needed: frozenset[ArtifactFile] = frozenset()
) -> tuple[Finding, ...]:
    """What the checks say of an artifact's own files, given the layers that it attaches.

    Imports depend on the `.pth` files in `needed`.

    Of one that only stands in, which Lambda never sees, nothing.
    """
    if artifact.carried.stand_in:
        return ()
    carried, files = artifact.carried, artifact.files
    platform = carried.platform
    wheels = [each.wheel for each in carried.own_wheels]
    served = await find_functions(ServedFunctionsRequest(carried.target), **implicitly())
    scripts_elsewhere = (
        *(name for each in layers for name in each.carried.scripts),
        *(name for each in served.targets for name in each[LambdaScriptsField].value),
    )
    natives = await _natives(carried, files)
    pth_lines = await pth_lines_of([artifact])
    given = {file.path.rpartition("/")[2] for each in (artifact, *layers) for file in each.files}
    with_code_of_others = [
        (each.view.address, each.carried.root) for each in layers if each.carried.distributions
    ]
    return (
        *check_native(
            natives, platform.native, given=libraries_given(natives) | given, arns=carried.arns
        ),
        *check_tags(wheels, platform.platforms, described=platform.described),
        *check_stdlib(files, root=carried.root, python=platform.python),
        *check_start_lines(
            files, pth_lines, python=platform.python, in_layer=bool(carried.root), needed=needed
        ),
        *check_modes(wheels),
        *check_programs(wheels, carried.scripts, scripts_elsewhere, where=carried.where),
        *check_paths(files),
        *check_unknown_layers(carried.arns, with_code_of_others, where=carried.where),
    )
