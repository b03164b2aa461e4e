"""The checks of an artifact that need nothing but what is known of its files and wheels anyway.

`native` and `reach` have those that look into native code and imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from aws_lambda.artifact.checks.size import MOST_UNZIPPED_BYTES
from aws_lambda.artifact.contents import ArtifactFile, WheelOrigin
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import Exclusions, OmittedFiles
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.globs import escape_glob
from aws_lambda.artifact.imports.pth_files import Hook
from aws_lambda.artifact.output.manifest import human_bytes
from aws_lambda.artifact.paths import unsafe_path_reason
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.artifact.platforms.runtimes import Runtime, describe_ended_support
from aws_lambda.artifact.standard_library import (
    PRELOADED_MODULES,
    public_standard_library,
    standard_library,
)
from aws_lambda.artifact.wheels.pex_lock import parse_tags
from aws_lambda.artifact.wheels.wheel import Wheel, is_pth_code

_INSTALL = "install that version of Python where Pants looks for it (`[python-bootstrap]`)."


def check_tags(
    wheels: Iterable[Wheel], platforms: Sequence[CompletePlatform], *, described: str
) -> Iterable[Finding]:
    """L004: wheels of which no tag is one of the platform's."""
    for wheel in wheels:
        tags = {str(tag) for tag in parse_tags(wheel.file_name)}
        if tags and any(tags.isdisjoint(platform.compatible_tags) for platform in platforms):
            yield Finding(
                "L004",
                wheel.distribution.name,
                f"The wheel {wheel.file_name} is not for {described}.",
                "build or lock a wheel of it that is.",
            )


def check_stdlib(
    files: Iterable[ArtifactFile], *, root: str, python: tuple[int, int]
) -> Iterable[Finding]:
    """L007: modules at the top of the importable code that hide one of the standard library."""
    prefix = f"{root}/" if root else ""
    names = public_standard_library(python)
    found: dict[str, ArtifactFile] = {}
    for file in files:
        if file.path.startswith(prefix):
            top = _top_module(file.path[len(prefix) :])
            if top in names:
                found.setdefault(top, file)
    for name, file in sorted(found.items()):
        first = (
            "Python has loaded its own by then"
            if name in PRELOADED_MODULES
            else "Lambda looks into functions and layers first"
        )
        yield Finding(
            "L007",
            name,
            f"{file.source} has the name of the standard library's `{name}`, and code can import "
            f"only one of the two: {first}.",
            (
                "rename it."
                if not file.is_third_party
                else f"leave {file.owner.project} out; Python {_version(python)} has the module."
            ),
        )


def check_start_lines(
    files: Iterable[ArtifactFile],
    lines: Callable[[ArtifactFile], Sequence[str]],
    *,
    python: tuple[int, int],
    in_layer: bool = False,
    needed: Container[ArtifactFile] = (),
) -> Iterable[Finding]:
    """L008: `.pth` files with code that runs at every start.

    `lines` gives the lines of such a file that `site` heeds. Files in `needed`, on which an import
    depends, are not told. Of a layer, the imports that depend on it are not known.
    """
    for file in files:
        hook = next((Hook(file, line) for line in lines(file) if is_pth_code(line)), None)
        if hook is None or file in needed:
            continue
        subject = file.owner.name
        entry = f'`exclude=["**/{escape_glob(file.path.rpartition("/")[2])}"]`'
        found = sorted(hook.found - standard_library(python))
        yield Finding(
            "L008",
            subject,
            f"{file.source} runs code at every start of the function: `{_shortened(hook.line)}`.",
            (
                f"accept it with `ignore` if a function with this layer imports {found[0]}, which "
                f"Python {_version(python)} finds through it; else leave it out: {entry}."
                if in_layer and found
                else f"leave it out, if nothing needs it: {entry}."
            ),
        )


def check_carried_twice(twice: Iterable[tuple[str, Sequence[str]]]) -> Iterable[Finding]:
    """L009: distributions that several attached layers carry, in one version."""
    for name, layers in twice:
        yield Finding(
            "L009",
            name,
            f"{name} is in several layers: {', '.join(layers)}.",
            f'let one of them carry it: `layers=["{layers[0]}"]` on {layers[-1]}.',
        )


def check_unknown_layers(
    arns: Sequence[str], layers: Sequence[tuple[str, str]], *, where: Where
) -> Iterable[Finding]:
    """L010: layers of unknown content that are unpacked over, or under, one's own.

    `layers` are those with third-party code, each with its folder of importable code.
    """
    shared = [address for address, root in layers if root == "python"]
    for arn in arns if shared else ():
        yield Finding(
            "L010",
            arn,
            f"{where.at_start} attaches {arn}, whose content is not known here, and "
            f"{', '.join(shared)}: Lambda unpacks them into one folder, the later over the "
            "earlier.",
            "see that they share no path; or set `prefix` on your own, such as "
            '`prefix="python/lib/python3.13/site-packages"`.',
        )


def check_modes(wheels: Iterable[Wheel]) -> Iterable[Finding]:
    """L011: files that would be unreadable for Lambda's user with the mode that the wheel says."""
    for wheel in wheels:
        closed = [entry.path for entry in wheel.entries if not entry.is_readable]
        if closed:
            more = f" and {len(closed) - 1} more" if closed[1:] else ""
            yield Finding(
                "L011",
                wheel.distribution.name,
                f"The wheel of {wheel.distribution} lets not everybody read {closed[0]}{more}; "
                "the artifact does.",
                "nothing has to be done.",
            )


def check_paths(files: Iterable[ArtifactFile]) -> Iterable[Finding]:
    """L012: paths that not every unpacker takes, or takes for another place.

    Those of wheels were judged when the wheels were read.
    """
    for file in files:
        because = "" if isinstance(file.origin, WheelOrigin) else unsafe_path_reason(file.path)
        if because:
            yield Finding(
                "L012",
                file.source,
                f"The path {file.path!r} cannot be unpacked everywhere: {because}.",
                "rename the file.",
            )


def check_share(
    unzipped_bytes: int, share: float, *, with_layers: bool, where: Where
) -> Iterable[Finding]:
    """L013: an artifact, with its layers, larger than `share`, a fraction of AWS's limit."""
    if unzipped_bytes > share * MOST_UNZIPPED_BYTES:
        layers = " with its layers" if with_layers else ""
        yield Finding(
            "L013",
            where.address,
            f"{where.at_start} has {human_bytes(unzipped_bytes)} unzipped{layers}, and AWS "
            f"takes {human_bytes(MOST_UNZIPPED_BYTES)}.",
            "see in its metadata which distributions are the biggest, and what `exclude` can do.",
        )


def check_runtime(runtime: Runtime, *, today: date) -> Iterable[Finding]:
    """L014: a runtime whose support has ended."""
    ended = describe_ended_support(runtime, today=today)
    if ended:
        yield Finding("L014", runtime.name, ended, "choose a newer `runtime`.")


def check_patterns(
    exclude: Exclusions,
    files: Sequence[ArtifactFile],
    idle_collisions: Iterable[str],
    *,
    where: Where,
) -> Iterable[Finding]:
    """L020: patterns of `exclude` and `collisions` that mean nothing.

    `files` is all that the artifact needs, what its layers carry included.
    """
    for field, entries in (
        ("exclude", exclude.find_unused(files)),
        ("collisions", idle_collisions),
    ):
        for entry in entries:
            yield Finding(
                "L020",
                entry,
                f"The pattern {entry!r} in the `{field}` of {where} matches nothing.",
                "correct it, or take it out.",
            )


def check_programs(
    wheels: Iterable[Wheel], scripts: Sequence[str], elsewhere: Iterable[str], *, where: Where
) -> Iterable[Finding]:
    """L028: native programs among the scripts of wheels, which the artifact does not carry.

    `scripts` are the target's own, and `elsewhere` those of its layers or functions.
    """
    known = {*scripts, *elsewhere}
    for wheel in wheels:
        left_out = [(name, size) for name, size in wheel.programs if name not in known]
        if left_out:
            one = not left_out[1:]
            programs = ", ".join(f"{name} ({human_bytes(size)})" for name, size in left_out)
            entries = json.dumps([*scripts, *(name for name, _ in left_out)])
            yield Finding(
                "L028",
                wheel.distribution.name,
                f"{where.at_start} leaves out {'a' if one else 'the'} native "
                f"program{'' if one else 's'} of {wheel.distribution}: {programs}.",
                f"set `scripts={entries}` if the code starts {'it' if one else 'them'}.",
            )


def handler_in_doubt(module: str, doubt: str, *, is_read: bool) -> Finding:
    """L019: a handler's module in which not all can be read off."""
    fix = "write the names down in the module, or accept it with `ignore`." if is_read else _INSTALL
    return Finding("L019", module, doubt, fix)


def imports_unproven(module: str, because: str) -> Finding:
    """L022: code that could not be read, so that nobody knows what it imports."""
    return Finding(
        "L022",
        module,
        f"What {module} imports could not be proven: {because}.",
        _INSTALL,
    )


def name_excluded(
    findings: Iterable[Finding], left_out: Iterable[OmittedFiles], root: str
) -> Iterable[Finding]:
    """The findings; of L005, those that `exclude` is to blame for say so, and of L025, none do."""
    entries = modules_left_out(left_out, root)
    for finding in findings:
        if finding.code == "L025" and finding.subject in entries:
            continue
        entry = entries.get(finding.subject) if finding.code == "L005" else None
        fix = f"keep it: the entry {entry!r} of `exclude` leaves it out."
        yield replace(finding, fix=fix) if entry else finding


NO_PYTHONPATH = (
    "take PYTHONPATH out of `check_env` and of the function's configuration in AWS: where it is "
    "set, Lambda adds neither the layers' folders nor their `.pth` files to Python's path."
)


def keep_pth(file: ArtifactFile, where: Where) -> str:
    """The fix for an import that only fails since `exclude` leaves out a `.pth` file."""
    return (
        f"keep {file.source}, through which Python finds it: the `exclude` of {where} leaves it "
        "out."
    )


def name_cause(
    findings: Iterable[Finding], without: Iterable[Finding], fix: str
) -> tuple[Finding, ...]:
    """The findings; those that are not found `without` a cause get the `fix` of that cause."""
    others = {(each.code, each.subject) for each in without}
    return tuple(
        each if (each.code, each.subject) in others else replace(each, fix=fix) for each in findings
    )


def modules_left_out(left_out: Iterable[OmittedFiles], root: str) -> Mapping[str, str]:
    """The modules that `exclude` leaves out, each with its entry."""
    return {
        module: each.entry
        for each in left_out
        for file in each.files
        for module in _modules_of(file.path[len(root) + 1 :] if root else file.path)
    }


def _modules_of(path: str) -> Iterable[str]:
    """The module that a file is, and the packages that it lies in."""
    if path.endswith((".py", ".so")):
        steps = path.split("/")
        names = [*steps[:-1], steps[-1].partition(".")[0]]
        yield from (".".join(names[: i + 1]) for i in range(len(names)))


def _top_module(path: str) -> str:
    """The top-level module that Python would import by a path; `""` if it is none.

    Folders without an `__init__` hide nothing: Python prefers what it finds later.
    """
    top, slash, inner = path.partition("/")
    name = inner if slash else top
    stem, _, suffix = name.partition(".")
    if not (suffix in ("py", "pyc") or f".{suffix}".endswith(".so")) or (
        slash and stem != "__init__"
    ):
        return ""
    return top if slash else stem


def _version(python: tuple[int, int]) -> str:
    return ".".join(map(str, python))


def _shortened(line: str) -> str:
    return line if len(line) <= 80 else f"{line[:77]}..."
