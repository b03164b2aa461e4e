"""Checks the files of an artifact: native code, paths, file modes, scripts, hidden modules."""

from __future__ import annotations

from collections.abc import Iterable

from aws_lambda.artifact.checks.hidden_modules import check_hidden_modules
from aws_lambda.artifact.checks.layer_combinations import check_unknown_layers
from aws_lambda.artifact.checks.native_compatibility import (
    NativeFile,
    check_native_files,
    library_names,
)
from aws_lambda.artifact.checks.native_programs import check_native_programs
from aws_lambda.artifact.checks.startup_code import check_startup_code
from aws_lambda.artifact.checks.unpacking import check_file_modes, check_paths
from aws_lambda.artifact.checks.wheel_platforms import check_wheel_platforms
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.contents.carried_files import CarriedFiles
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.contents.pth_lines import place_of, pth_lines_of
from aws_lambda.inputs.parametrized import ServedFunctionsRequest, find_served_functions
from aws_lambda.pants_api import (
    first_and_rest,
    implicitly,
)
from aws_lambda.target_types import LambdaScriptsField
from aws_lambda.third_party.native_code import (
    WheelNativeCodeRequest,
    native_code_request,
    read_repository_native_code,
    read_wheel_native_code,
)


async def _read_native_code(
    carried: CarriedFiles, files: Iterable[ArtifactFile]
) -> tuple[tuple[ArtifactFile, NativeFile], ...]:
    """The native code of an artifact, each with the file that contains it."""
    used = carried.digests_of(files)
    wheels = [
        each.wheel
        for each in carried.wheels
        if each.wheel.file_name in used and any(entry.is_native for entry in each.wheel.entries)
    ]
    of_repository, of_wheels = await first_and_rest(
        read_repository_native_code(native_code_request(files, carried.sources)),
        (
            read_wheel_native_code(WheelNativeCodeRequest(w.file_name, used[w.file_name]))
            for w in wheels
        ),
    )
    found = {
        (wheel.file_name, entry): native
        for wheel, natives in zip(wheels, of_wheels)
        for entry, native in natives.files.items()
    }
    found.update((("", path), native) for path, native in of_repository.files.items())
    return tuple((file, native) for file in files if (native := found.get(place_of(file))))


async def check_contents(
    artifact: FinalFiles, *, needed: frozenset[ArtifactFile] = frozenset()
) -> tuple[Finding, ...]:
    """The findings about an artifact's own files, next to the layers that it attaches.

    Imports depend on the `.pth` files in `needed`.
    """
    carried, files, layers = artifact.carried, artifact.files, artifact.layers
    platform = carried.platform
    wheels = [each.wheel for each in carried.own_wheels]
    served = await find_served_functions(ServedFunctionsRequest(carried.target), **implicitly())
    scripts_elsewhere = (
        *(name for each in layers for name in each.carried.scripts),
        *(name for each in served.targets for name in each[LambdaScriptsField].value),
    )
    natives = await _read_native_code(carried, files)
    pth_lines = await pth_lines_of([artifact])
    given = {file.path.rpartition("/")[2] for each in (artifact, *layers) for file in each.files}
    with_code_of_others = [
        (each.view.address, each.carried.root) for each in layers if each.carried.distributions
    ]
    return (
        *check_native_files(
            natives, platform.native, libraries=library_names(natives) | given, arns=carried.arns
        ),
        *check_wheel_platforms(wheels, platform.platforms, described=platform.described),
        *check_hidden_modules(files, root=carried.root, python=platform.python),
        *check_startup_code(
            files, pth_lines, python=platform.python, in_layer=bool(carried.root), needed=needed
        ),
        *check_file_modes(wheels),
        *check_native_programs(wheels, carried.scripts, scripts_elsewhere, where=carried.where),
        *check_paths(files),
        *check_unknown_layers(carried.arns, with_code_of_others, where=carried.where),
    )
