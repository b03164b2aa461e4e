"""Native code that Lambda cannot load: L001 for its processor, L002 for its C library, L003 for
other libraries that it needs.

`sandbox/read_elf.py` measures the files, and this module decides what the facts mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture

# Processors as `uname -m` names them, with patterns of the names that builds for them have. Files
# for other processors, such as GPUs, are not checked: Python passes them to a driver.
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

# Libraries that Lambda's base system does not contain: first the graphical ones that manylinux
# wheels may expect on any host (PEP 600) and related ones, then those that users reported missing
# in functions or added to AWS's images: libgomp (xgboost#11048), pango (cloud-print-utils#24 and
# #31), libpq and similar ones. Read in November 2026. Other libraries are not checked.
_MISSING = re.compile(
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
# AWS's image for python3.12 contains GLib for its package manager (amazon-linux-2023#585, read in
# November 2026). AWS does not say whether functions in zip files can use it.
_UNCERTAIN = re.compile(r"lib(?:glib|gobject|gio|gmodule|gthread)-2\.0")
# Distributions, each with one that has the same modules and does not need the libraries.
_SELF_CONTAINED = {
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
    "psycopg2": "psycopg2-binary",
}


@dataclass(frozen=True)
class NativeFile:
    """The platform that an ELF file is built for, and the libraries that it needs.

    `machine` is a name as from `uname -m`, and `kind` a type as in the ELF header, such as
    "ET_DYN". `glibc` is the newest version that it needs, `()` if none. `needed` are file names of
    libraries. `unreadable` is the reason why the file could not be read, or `""`.
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
        """Whether it is a program or a library, and not an object file such as `.o`."""
        return not self.unreadable and self.kind in ("ET_DYN", "ET_EXEC")


@dataclass(frozen=True)
class NativePlatform:
    """The platform on which native code will run.

    `machine` is a name as from `uname -m`. If `machine` or `glibc` is `None`, it is unknown and not
    checked. `described` is a name for sentences, such as "python3.11 on x86_64".
    """

    machine: str | None
    glibc: tuple[int, int] | None
    described: str

    def runs(self, native: NativeFile) -> bool:
        is_own = self.machine is None or (native.machine, native.bits) == (self.machine, 64)
        return native.is_loadable and is_own


LocatedNative = tuple[ArtifactFile, NativeFile]


def parse_native_files(report: Mapping[str, Any]) -> Mapping[tuple[str, str], NativeFile]:
    """The report of `sandbox/read_elf.py`, by path of a file and by entry in it.

    The path is that of a wheel or of a plain file. The entry of a plain file is `""`.
    """
    return {
        (path, entry): _native(facts)
        for path, entries in report.items()
        for entry, facts in entries.items()
    }


def library_names(files: Iterable[LocatedNative]) -> frozenset[str]:
    """The names under which the dynamic loader may find these files: file names and sonames."""
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
    """L001, L002 and L003 for native code that the platform cannot load, sorted by subject.

    `libraries` are file names of the libraries in the artifact and its layers. `arns` are layers of
    unknown content, which make L003 doubtful. The files of a distribution share one finding for
    each reason, which names one of them.
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
    fix = _replacement(broken, "with intact files", "replace it with an intact file")
    yield Finding(
        "L001",
        _subject(broken[0][0]),
        f"{_files_and_verb(broken, 'cannot', 'cannot')} be read as native code: "
        f"{broken[0][1].unreadable}.",
        f"{fix}, or `exclude` the files that nothing loads.",
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
    fix = _replacement(
        foreign, f"with a wheel for {platform.machine}", f"build it for {platform.machine}"
    )
    architecture = Architecture.of_machine(native.machine) if native.bits == 64 else None
    choose = f', set `architecture="{architecture.value}"`,' if architecture else ","
    yield Finding(
        "L001",
        _subject(foreign[0][0]),
        f"{_files_and_verb(foreign, 'is', 'are')} built for {native.bits}-bit {native.machine}, "
        f"not for {platform.described}.",
        f"{fix}{choose} or `exclude` the files that nothing loads.",
    )


def _is_one_of_several(file: ArtifactFile, native: NativeFile, own: Set[str]) -> bool:
    """Whether a file for another machine is one of several builds from which code chooses.

    Some distributions contain a build for every machine and choose one at run time, by its name or
    folder, such as debugpy's attach_linux_x86.so. Their code never chooses among the libraries that
    auditwheel puts into `*.libs`. Python chooses extension modules by their suffix, so there must
    be one for this machine as well.
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
    fix = _replacement(
        newer,
        f"with a wheel tagged `manylinux_{has[0]}_{has[1]}` or older",
        f"build it where glibc is {_dotted(has)} or older",
    )
    runtime = next((each for each in RUNTIMES if each.glibc >= need), None)
    choose = (
        f", or use {runtime.name} or newer, which has glibc {_dotted(runtime.glibc)}"
        if runtime
        else ""
    )
    yield Finding(
        "L002",
        _subject(newer[0][0]),
        f"{_files_and_verb(newer, 'needs', 'need up to')} glibc {_dotted(need)}; "
        f"{platform.described} has {_dotted(has)}.",
        f"{fix}{choose}.",
    )


def _without_libraries(
    natives: Sequence[LocatedNative],
    platform: NativePlatform,
    libraries: Set[str],
    arns: Sequence[str],
) -> Iterator[Finding]:
    for pattern, is_sure in ((_MISSING, True), (_UNCERTAIN, False)):
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
        are, them = ("is", "it") if len(names) == 1 else ("are", "them")
        place = (
            f"{are} not in Lambda's base system, the artifact or its layers"
            if is_sure
            else f"{are} not in the artifact or its layers, and may not be in Lambda's base system"
        )
        unknown = f"; a layer attached by ARN may contain {them}" if arns else ""
        yield Finding(
            "L003",
            _subject(files[0][0]),
            f"{_files_and_verb(files, 'needs', 'need')} {', '.join(names)}, which {place}"
            f"{unknown}.",
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
    if subject in _SELF_CONTAINED:
        return f"require {_SELF_CONTAINED[subject]} instead of {subject}."
    if any("musl" in name for name in names):
        return _replacement(
            files,
            "with a wheel tagged `manylinux`.",
            "build it with glibc: musl is the C library of Alpine Linux.",
        )
    if len(names) == 1:
        return "put the library into `lib/` with `extra_files`, or attach a layer with it."
    return "put the libraries into `lib/` with `extra_files`, or attach a layer with them."


def _files_and_verb(files: Sequence[LocatedNative], one: str, many: str) -> str:
    """The subject and verb of a sentence: the first of an owner's files, and how many more."""
    first, more = files[0][0], len(files) - 1
    if not more:
        return f"{first.source} {one}"
    files_more = "1 more file" if more == 1 else f"{more} more files"
    return f"{first.path} and {files_more} of {first.owner} {many}"


def _replacement(files: Sequence[LocatedNative], lock: str, build: str) -> str:
    """The fix that replaces files: to lock another wheel, or to build one's own."""
    file = files[0][0]
    if file.is_third_party:
        return f"lock a version of {_subject(file)} {lock}"
    return build


def _subject(file: ArtifactFile) -> str:
    """The name for `ignore`: a distribution without its version, or a path in the repository."""
    return file.owner.name


def _module(file: ArtifactFile) -> str:
    """The path of an extension module in the artifact, without its suffixes."""
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
