"""Native code: whether the files that a target carries can be loaded where it will run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture

# Processors that run programs, with the names that builds for them go by. Files for others, such
# as GPUs, are not loaded by Python, but handed to a driver: they are not judged.
_NAMES_OF_MACHINES = {
    "x86_64": r"x86[_-]?64|amd64|x64|linux64",
    "i386": r"x86(?![_-]?64)|i[3-6]86|ia32|linux32",
    "aarch64": r"aarch64|arm64\w*",
    "arm": r"arm|arm(?:v[4-8]|hf|el|eabi)\w*",
    "ppc64le": r"ppc64(?:le|el)|powerpc64(?:le|el)",
    "ppc64": r"ppc64|powerpc64",
    "s390x": r"s390x?",
    "riscv64": r"riscv(?:64)?",
    "loongarch64": r"loong(?:arch)?64",
    "mips": r"mips\w*",
}
_EXTENSION_MODULE = re.compile(r"\.cpython-\w+-\w+-linux-\w+\.so")

# Libraries that Lambda's base system lacks. First the graphical ones that manylinux wheels may
# expect of any host (PEP 600) and their kin; then those that users missed in functions, or put into
# AWS's images by hand: libgomp (xgboost#11048), pango (cloud-print-utils#24 and #31), libpq and
# their like. Read in November 2026. What is not here is not judged.
_ABSENT = re.compile(
    r"""
      lib(?: GL | EGL | GLX | GLU | GLdispatch | GLESv2 | OpenGL | gbm | drm )
    | lib(?: X11 | X11-xcb | Xau | Xaw | Xcomposite | Xcursor | Xdamage | Xdmcp | Xext | Xfixes
        | Xft | Xi | Xinerama | Xmu | Xpm | Xrandr | Xrender | Xss | Xt | Xtst | SM | ICE
        | xcb(?:-[\w-]+)? | xkbcommon(?:-x11)? | wayland-\w+ )
    | lib(?: gtk-[\w.-]+ | gdk-[\w.-]+ | gdk_pixbuf-[\d.]+ | atk-[\d.]+ | cairo(?:-gobject)?
        | pango\w*-[\d.]+ | fontconfig )
    | lib(?: pq | mysqlclient | mariadb | odbc | odbcinst | asound | pulse | portaudio | sndfile
        | gomp )
    | libc\.musl-\w+ | ld-musl-\w+
    """,
    re.VERBOSE,
)
# AWS's image for python3.12 has GLib, for its package manager (amazon-linux-2023#585, read in
# November 2026). Whether functions in zip files find it, AWS does not say.
_DOUBTFUL = re.compile(r"lib(?:glib|gobject|gio|gmodule|gthread)-2\.0")
# Distributions that have a twin without the need.
_TWINS = {
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
    "psycopg2": "psycopg2-binary",
}


@dataclass(frozen=True)
class NativeFile:
    """What an ELF file is built for, and what it needs.

    `machine` is named as `uname -m` does, `kind` as ELF does; `glibc` is `()` where none is needed.
    """

    machine: str = ""
    bits: int = 64
    kind: str = "ET_DYN"
    glibc: tuple[int, ...] = ()
    needed: tuple[str, ...] = ()
    soname: str = ""
    unreadable: str = ""

    @property
    def is_loadable(self) -> bool:
        """Whether it is a program or a library, and not a part of one, such as a `.o` file."""
        return not self.unreadable and self.kind in ("ET_DYN", "ET_EXEC")


@dataclass(frozen=True)
class NativePlatform:
    """Where native code will run; what is `None` is not known, and not judged.

    `described` names it in sentences: "python3.11 on x86_64".
    """

    machine: str | None
    glibc: tuple[int, int] | None
    described: str

    def runs(self, native: NativeFile) -> bool:
        is_own = self.machine is None or (native.machine, native.bits) == (self.machine, 64)
        return native.is_loadable and is_own


LocatedNative = tuple[ArtifactFile, NativeFile]


def parse_native_files(report: Mapping[str, Any]) -> Mapping[tuple[str, str], NativeFile]:
    """What `sandbox/read_elf.py` measured, by path and entry; the entry of a plain file is ""."""
    return {
        (path, entry): _native(facts)
        for path, entries in report.items()
        for entry, facts in entries.items()
    }


def library_names(files: Iterable[LocatedNative]) -> frozenset[str]:
    """The names under which the loader may find these files."""
    return frozenset(
        name
        for file, native in files
        for name in (file.path.rpartition("/")[2], native.soname)
        if name
    )


def check_native_files(
    files: Iterable[LocatedNative],
    platform: NativePlatform,
    *,
    libraries: frozenset[str],
    arns: Sequence[str],
) -> tuple[Finding, ...]:
    """What could not be loaded: L001 for its machine, L002 for its glibc, L003 for its libraries.

    `libraries` names the libraries in the artifact and its layers; `arns` are layers whose content
    nobody knows. The files of one distribution share a finding, which names one of them.
    """
    every = sorted(files, key=lambda each: each[0].path)
    own = {_module(file) for file, native in every if platform.runs(native)}
    found: dict[str, list[LocatedNative]] = {}
    for each in every:
        found.setdefault(_subject(each[0]), []).append(each)
    return tuple(
        finding
        for _, natives in sorted(found.items())
        for finding in (
            *_unreadable(natives),
            *_for_another_machine(natives, platform, own),
            *_with_newer_glibc(natives, platform),
            *_without_libraries(natives, platform, libraries, arns),
        )
    )


def _unreadable(natives: Sequence[LocatedNative]) -> Iterator[Finding]:
    broken = [each for each in natives if each[1].unreadable]
    if not broken:
        return
    fix = _in_place_of(broken, "that is sound", "put a sound file in its place")
    yield Finding(
        "L001",
        _subject(broken[0][0]),
        f"{_who(broken, 'cannot', 'cannot')} be read as native code: {broken[0][1].unreadable}.",
        f"{fix}, or leave out with `exclude` what nothing loads.",
        doubt=True,
    )


def _for_another_machine(
    natives: Sequence[LocatedNative], platform: NativePlatform, own: Set[str]
) -> Iterator[Finding]:
    foreign = [
        (file, native)
        for file, native in natives
        if native.is_loadable
        and native.machine in _NAMES_OF_MACHINES
        and not platform.runs(native)
        and not _is_one_of_several(file, native, own)
    ]
    if not foreign:
        return
    native = foreign[0][1]
    fix = _in_place_of(
        foreign, f"with a wheel for {platform.machine}", f"build it for {platform.machine}"
    )
    architecture = Architecture.of_machine(native.machine) if native.bits == 64 else None
    choose = f', or set `architecture="{architecture.value}"`' if architecture else ""
    yield Finding(
        "L001",
        _subject(foreign[0][0]),
        f"{_who(foreign, 'is', 'are')} built for {native.bits}-bit {native.machine}, "
        f"not for {platform.described}.",
        f"{fix}{choose}; or leave out with `exclude` what nothing loads.",
    )


def _is_one_of_several(file: ArtifactFile, native: NativeFile, own: Set[str]) -> bool:
    """Whether a file for another machine is there by intent, and will not be loaded.

    Some distributions bring a build for every machine and choose one when they run, by its name or
    its folder: debugpy's attach_linux_x86.so. That is no fault. But nobody chooses among the
    libraries that auditwheel put into `*.libs`, whatever their names. And of extension modules,
    Python takes the one with its own suffix: there must be one for this machine, too.
    """
    folder, _, name = file.path.rpartition("/")
    if ".libs/" in f"{folder}/":
        return False
    if _EXTENSION_MODULE.search(name):
        return _module(file) in own
    names = _NAMES_OF_MACHINES[native.machine]
    return bool(re.search(rf"(?<![a-z0-9])(?:{names})(?![a-z0-9])", file.path, re.IGNORECASE))


def _with_newer_glibc(
    natives: Sequence[LocatedNative], platform: NativePlatform
) -> Iterator[Finding]:
    has = platform.glibc
    if has is None:
        return
    newer = [each for each in natives if platform.runs(each[1]) and each[1].glibc > has]
    if not newer:
        return
    newer.sort(key=lambda each: each[1].glibc, reverse=True)
    need = newer[0][1].glibc
    fix = _in_place_of(
        newer,
        f"with a wheel tagged `manylinux_{has[0]}_{has[1]}` or older",
        f"build it where glibc is {_dotted(has)} or older",
    )
    runtime = next((each for each in RUNTIMES if each.glibc >= need), None)
    choose = f"; or take {runtime.name} or newer, with {_dotted(runtime.glibc)}" if runtime else ""
    yield Finding(
        "L002",
        _subject(newer[0][0]),
        f"{_who(newer, 'needs', 'need up to')} glibc {_dotted(need)}; "
        f"{platform.described} has {_dotted(has)}.",
        f"{fix}{choose}.",
    )


def _without_libraries(
    natives: Sequence[LocatedNative],
    platform: NativePlatform,
    libraries: Set[str],
    arns: Sequence[str],
) -> Iterator[Finding]:
    for pattern, is_sure in ((_ABSENT, True), (_DOUBTFUL, False)):
        missing = {
            each: names
            for each in natives
            for names in [_missing(each[1], pattern, libraries)]
            if names and platform.runs(each[1])
        }
        if not missing:
            continue
        files = list(missing)
        names = sorted({name for found in missing.values() for name in found})
        yield Finding(
            "L003",
            _subject(files[0][0]),
            f"{_who(files, 'needs', 'need')} {', '.join(names)}, which Lambda's base system "
            f"{'lacks' if is_sure else 'may lack'} and nothing in the artifact or its layers gives"
            f"{'; a layer that is named by ARN may' if arns else ''}.",
            _library_fix(files, names),
            doubt=bool(arns) or not is_sure,
        )


def _missing(native: NativeFile, pattern: re.Pattern[str], libraries: Set[str]) -> list[str]:
    return [
        name
        for name in native.needed
        if name not in libraries and pattern.fullmatch(name.partition(".so")[0])
    ]


def _library_fix(files: Sequence[LocatedNative], names: Sequence[str]) -> str:
    subject = _subject(files[0][0])
    if subject in _TWINS:
        return f"require {_TWINS[subject]} in place of {subject}: it does without."
    if any("musl" in name for name in names):
        return _in_place_of(
            files,
            "with a wheel tagged `manylinux`.",
            "build it with glibc: musl is the C library of Alpine Linux.",
        )
    return "put what is missing into `lib/` with `extra_files`, or attach a layer that has it."


def _who(files: Sequence[LocatedNative], one: str, many: str) -> str:
    """The first of these files of one owner, how many more there are, and the verb for that."""
    first, more = files[0][0], len(files) - 1
    if not more:
        return f"{first.source} {one}"
    files_more = "1 more file" if more == 1 else f"{more} more files"
    return f"{first.path} and {files_more} of {first.owner} {many}"


def _in_place_of(files: Sequence[LocatedNative], lock: str, build: str) -> str:
    """How to get better files: out of another wheel, or by building one's own."""
    file = files[0][0]
    if file.is_third_party:
        return f"lock a version of {_subject(file)} {lock}"
    return build


def _subject(file: ArtifactFile) -> str:
    """What `ignore` can name: a distribution without its version, or a path of the repository."""
    return file.owner.name


def _module(file: ArtifactFile) -> str:
    """The path of an extension module without its suffixes."""
    folder, _, name = file.path.rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"


def _native(facts: Mapping[str, Any]) -> NativeFile:
    if "unreadable" in facts:
        return NativeFile(unreadable=facts["unreadable"])
    version = facts["glibc"]
    return NativeFile(
        facts["machine"],
        facts["bits"],
        facts["kind"],
        tuple(map(int, version.split("."))) if version else (),
        tuple(facts["needed"]),
        facts["soname"],
    )


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
