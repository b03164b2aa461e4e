"""The files of this machine that a function may use, since Lambda has them too, and all others.

Every other library, program and data file is hidden where the kernel allows it (`launch.py`).
"""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from aws_lambda_emulator.loader import cache_of, closure, libraries

# What Lambda has. For python3.12 and later it is Amazon Linux 2023's minimal container image, for
# earlier ones Amazon Linux 2's image: AWS's page "Creating a Lambda function using a container
# image" names the lists of their packages ("Comparing packages installed on Amazon Linux 2023
# Minimal AMI and Container Images"; `rpm -qa` of amazonlinux:2). All read in November 2026.

# Libraries of glibc and GCC, and those that CPython itself needs: every function finds them.
_SURE = re.compile(
    r"""
      ld-linux[\w-]* | ld64 | lib(?:
        c | m | mvec | dl | pthread | rt | util | resolv | nsl | anl | crypt | thread_db
        | BrokenLocale | nss_(?:files|dns|compat) | gcc_s | stdc\+\+
        | z | expat | bz2 | lzma | zstd | ffi | ssl | crypto | sqlite3 | uuid
        | readline | history | tinfo | (?:ncurses|form|menu|panel)w? | gdbm | gdbm_compat )
    """,
    re.VERBOSE,
)
# Libraries that AWS's images have for their package managers. AWS does not say whether functions in
# zip files find them. libmagic is one of them in both images, but functions in zip files miss it
# (cloud-print-utils#4, read in November 2026).
_UNSURE = re.compile(
    r"""
      lib(?: acl | archive | assuan | attr | audit | auparse | blkid | cap | cap-ng | com_err | curl
        | db-5\.3 | dnf | elf | freebl3? | g(?:lib|object|io|module|thread)-2\.0
        | girepository-1\.0 | gcrypt | gmp | gpg-error | gpgme | gssapi_krb5 | gssrpc | idn2
        | json-c | k5crypto | kadm5(?:clnt|srv)_mit | kdb5 | keyutils | krad | krb5 | krb5support
        | lber-2\.4 | ldap(?:_r)?-2\.4 | lua-5\.[14] | lz4 | metalink | modulemd | mount | mpfr
        | nghttp2 | npth | nspr4 | nss3 | nssutil3 | p11-kit | pcre | pcre2-(?:8|16|32|posix)
        | peas-1\.0 | plc4 | plds4 | popt | psl | pth | repo | rpm | rpmbuild | rpmio | rpmsign
        | sasl2 | selinux | sepol | sigsegv | smartcols | smime3 | softokn3 | solv | solvext | ssh2
        | tasn1 | unistring | verto | xml2 | yaml-0 )
    """,
    re.VERBOSE,
)
_VERSIONED = re.compile(r"(?P<stem>.+?)(?:-\d[\d.]*)?\.so(?:\.[\w.]+)?")
# Programs of bash, coreutils, curl, gawk, glibc, grep and sed.
_IN_ALL = """
    bash sh awk gawk mawk curl grep egrep fgrep sed
    [ arch b2sum base32 base64 basename basenc cat chcon chgrp chmod chown chroot cksum comm cp
    csplit cut date dd df dir dircolors dirname du echo env expand expr factor false fmt fold groups
    head hostid id install join link ln logname ls md5sum mkdir mkfifo mknod mktemp mv nice nl nohup
    nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir runcon
    seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty
    sum sync tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink
    users vdir wc who whoami yes
    getconf getent iconv ldconfig ldconfig.real ldd locale localedef
"""
# Those of cpio, diffutils, findutils and ncurses.
_IN_AL2 = "cpio cmp diff diff3 sdiff find xargs clear infocmp reset tabs tic toe tput tset"
_FIRST_OF_AL2023 = (3, 12)
_PROGRAM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")

# Of glibc and OpenSSL, beside the libraries.
_BESIDE_LIBRARIES = ("gconv", "engines-*", "ossl-modules")
# Certificates, time zones, locales, terminals; users, names of hosts and services.
_DATA = (
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies", "/usr/lib/ssl"),
    *("/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/var/lib/ca-certificates"),
    *("/usr/share/crypto-policies", "/usr/share/pki", "/usr/share/zoneinfo", "/usr/lib/locale"),
    *("/usr/share/terminfo", "/usr/lib/terminfo", "/lib/terminfo", "/etc/terminfo"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/hosts"),
    *("/etc/resolv.conf", "/etc/gai.conf", "/etc/protocols", "/etc/services", "/etc/os-release"),
)
# Prefixes that interpreters share with all other software.
_SHARED_PREFIXES = ("/", "/usr", "/usr/local")

# Places where a function has files of its own, and those of the kernel.
_LAMBDAS = ("/var/task", "/var/lang", "/var/runtime", "/opt", "/tmp", "/dev", "/proc", "/sys")

LIBRARY, PROGRAM, FILE = "library", "program", "file"
LACKS, UNSURE, HIDDEN = "lacks", "unsure", "hidden"


@dataclass(frozen=True)
class HostFile:
    """A file of this machine that a function used, or looked for.

    `name` is what it is called by: `libmagic.so.1`, `git`. `how` says that Lambda `lacks` it, that
    it is `unsure` whether Lambda has it, or that the function looked for it in vain since it is
    `hidden`.
    """

    kind: str
    name: str
    path: str
    how: str


def fix(files: Iterable[HostFile]) -> str:
    """How to give a function such files, as a sentence behind "To fix,"."""
    by_kind = {each.kind: each.name for each in files}
    ways = []
    if LIBRARY in by_kind:
        ways.append(
            'put the library into `lib/`, such as with `extra_files={"lib/'
            + by_kind[LIBRARY]
            + '": "path/to:target"}`, attach a layer that has it there, or require a distribution '
            "whose wheel contains it"
        )
    if PROGRAM in by_kind:
        ways.append(
            f"attach a layer that has `bin/{by_kind[PROGRAM]}`, which is on `PATH` as `/opt/bin`, "
            "or do without the program"
        )
    if FILE in by_kind:
        ways.append("carry the file in the artifact, as a `resource`, and read it from there")
    return "; ".join(ways) + "."


def remarks(files: Sequence[HostFile], address: str) -> Iterator[str]:
    """A line for each kind of trouble, for the one who runs the function at this address."""
    of = {how: [each for each in files if each.how == how] for how in (HIDDEN, LACKS, UNSURE)}
    if of[HIDDEN]:
        yield (
            f"{address} did not find {_listed(of[HIDDEN])} of this machine: Lambda does not have "
            f"such files, so the emulator hides them. To fix, {fix(of[HIDDEN])}"
        )
    if of[LACKS]:
        yield (
            f"{address} used {_listed(of[LACKS])} of this machine, which Lambda does not have. "
            f"To fix, {fix(of[LACKS])}"
        )
    if of[UNSURE]:
        yield (
            f"{address} used {_listed(of[UNSURE])} of this machine. AWS's images have such files "
            "for their package manager, but AWS does not say whether functions find them."
        )


def _listed(files: Iterable[HostFile]) -> str:
    return ", ".join(f"{each.name} ({each.path})" for each in files)


@dataclass(frozen=True)
class HostFiles:
    """The files that a function run by one interpreter may use.

    These are whole `folders`, single `files`, and `links` from a path to another. `libraries` are
    all of the machine's, by name; `of_interpreter` are files that the interpreter itself loads.
    """

    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    of_interpreter: frozenset[str] = frozenset()

    def as_json(self) -> str:
        """As `launch.py` reads it, with the loader's cache of the libraries that are shown."""
        shown = [
            name
            for name, path in self.libraries.items()
            if _own(path) in self.links or _own(path) in self.files
        ]
        document = {
            "folders": sorted(self.folders),
            "files": sorted(self.files),
            "links": dict(sorted(self.links.items())),
            "cache": cache_of(shown).decode("latin-1"),
        }
        return json.dumps(document)

    def name_of(self, path: str) -> str:
        """The name by which programs load a library: libmagic.so.1 for libmagic.so.1.0.0."""
        names = [name for name, each in self.libraries.items() if _real(each) == path]
        return min(names, key=_is_for_compilers, default=os.path.basename(path))

    def shows(self, path: str) -> bool:
        real = _real(path)
        return real in self.files or _is_below(real, self.folders)


def find_host_files(executable: str, python: tuple[int, int]) -> HostFiles:
    """The files of this machine that a function of this Python may use; none on macOS."""
    if not sys.platform.startswith("linux"):
        return HostFiles()
    programs = _IN_ALL.split() + (_IN_AL2.split() if python < _FIRST_OF_AL2023 else [])
    known = libraries()
    own, standard = _of_interpreter(executable, python)
    beside = (
        path
        for folder in {os.path.dirname(each) for each in known.values()}
        for name in _BESIDE_LIBRARIES
        for path in glob.glob(f"{glob.escape(folder)}/{name}")
    )
    folders: set[str] = set()
    files: set[str] = set()
    called: dict[str, str] = {}
    for path in (*own, *_DATA, *beside):
        real = _real(path)
        if os.path.isdir(real):
            folders.add(real)
            called[path] = real
        elif os.path.exists(real):
            files.add(real)
            called[path] = real
    # Lambda's Python has no tkinter.
    modules = (each for each in _extensions(standard) if "/_tkinter." not in each)
    of_interpreter = closure([os.path.realpath(executable), *modules], known, _real)
    others = closure(
        [
            *(path for name, path in known.items() if _is_known(name)),
            *(f"{folder}/{name}" for folder in _PROGRAM_FOLDERS for name in programs),
        ],
        known,
        _real,
    )
    called.update(of_interpreter)
    called.update(others)
    files.update(of_interpreter.values(), others.values())
    links = {}
    for path, real in called.items():
        links[_own(path)] = real
    for folder in {os.path.dirname(path) for path in called}:
        links.update(_linked(folder))
    outer = {each for each in folders if not _is_below(os.path.dirname(each), folders)}
    return HostFiles(
        frozenset(outer),
        frozenset(each for each in files if not _is_below(each, outer)),
        {path: to for path, to in links.items() if path != to and not _is_below(path, outer)},
        known,
        frozenset(of_interpreter.values()),
    )


def _of_interpreter(executable: str, python: tuple[int, int]) -> tuple[list[str], list[str]]:
    """What is shown of it, which is its whole prefix unless other software has the same one; and
    the folders of its standard library."""
    real = os.path.realpath(executable)
    prefix = os.path.dirname(os.path.dirname(real))
    standard = _standard(prefix, python)
    shown = [] if prefix in _SHARED_PREFIXES else [prefix]
    if not any(map(os.path.isdir, standard)):
        # A program away from its library, which only the program itself can find.
        ask = [real, "-I", "-S", "-c", "import sys; print(sys.base_prefix)"]
        said = subprocess.run(ask, check=False, capture_output=True, encoding="utf-8")
        standard = _standard(said.stdout.strip() or prefix, python)
        shown += standard
    return shown or standard, standard


def _standard(prefix: str, python: tuple[int, int]) -> list[str]:
    name = f"python{python[0]}.{python[1]}"
    return [os.path.join(prefix, library, name) for library in ("lib", "lib64")]


def _extensions(standard: Iterable[str]) -> Iterator[str]:
    for folder in standard:
        with suppress(OSError):
            for name in os.listdir(f"{folder}/lib-dynload"):
                yield f"{folder}/lib-dynload/{name}"


@lru_cache(maxsize=4096)
def _real_folder(path: str) -> str:
    return os.path.realpath(path)


def _linked(folder: str) -> dict[str, str]:
    """The links on the way to a folder, such as /lib to /usr/lib."""
    found = {}
    while folder not in ("", "/"):
        if os.path.islink(folder):
            found[_own(folder)] = _real_folder(folder)
        folder = os.path.dirname(folder)
    return found


def _own(path: str) -> str:
    """The path without links on the way to it; the file itself may be one."""
    folder, name = os.path.split(path)
    return os.path.join(_real_folder(folder), name)


def _real(path: str) -> str:
    """As `os.path.realpath`, and quicker for many files of one folder."""
    own = _own(path)
    return os.path.realpath(own) if os.path.islink(own) else own


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(f"{path}/".startswith(f"{each}/") for each in folders)


def _stem(name: str) -> str:
    found = _VERSIONED.fullmatch(name)
    return found["stem"] if found else name


def _is_for_compilers(name: str) -> bool:
    """Whether a library's name has no version, as programs have it that load it."""
    return name.endswith(".so") and not re.search(r"-\d[\d.]*\.so$", name)


def _is_known(name: str) -> bool:
    """Whether Lambda may have the library."""
    stem = _stem(name)
    return not _is_for_compilers(name) and bool(_SURE.fullmatch(stem) or _UNSURE.fullmatch(stem))


@dataclass(frozen=True)
class Traces:
    """What is known of a function's use of files: `mapped` are paths of native code in its memory,
    `loaded` names that it gave to the loader, `started` programs that it started, or wanted to."""

    mapped: frozenset[str] = frozenset()
    loaded: tuple[str, ...] = ()
    started: tuple[str, ...] = ()


def used(host: HostFiles, traces: Traces) -> list[HostFile]:
    """The files of this machine that the function used, and that Lambda lacks, or may lack."""
    found = []
    for path in sorted(traces.mapped):
        if _is_lambdas(path) or not os.path.isfile(path):
            continue
        if not host.shows(path):
            found.append(HostFile(_kind(path), host.name_of(path), path, LACKS))
        elif _UNSURE.fullmatch(_stem(os.path.basename(path))) and path not in host.of_interpreter:
            found.append(HostFile(LIBRARY, host.name_of(path), path, UNSURE))
    for name in dict.fromkeys(traces.started):
        program = _found(name)
        if program and not host.shows(program):
            found.append(HostFile(PROGRAM, os.path.basename(program), program, LACKS))
    return found


def missed(host: HostFiles, traces: Traces, said: str) -> list[HostFile]:
    """The hidden files of this machine for which a function failed that `said` this.

    First those that it names. It may name none: then the last one that the function looked for.
    """
    words = _LIBRARY_NAMED.findall(said)
    paths = [*_PATH_NAMED.findall(said), *_COMMAND_NAMED.findall(said)]
    found = [*_hidden_libraries(host, words), *_hidden_files(host, paths)]
    if not found:
        loaded, started = traces.loaded, traces.started
        found = [*_hidden_libraries(host, loaded), *_hidden_files(host, started)][-1:]
    return list(dict.fromkeys(found))


# Quick on long lines as well.
_LIBRARY_NAMED = re.compile(r"\blib[\w+-]{1,99}(?:\.so[\w.]{0,99})?")
_PATH_NAMED = re.compile(r"No such file or directory: '([^']{1,4096})'")
_COMMAND_NAMED = re.compile(r"(?:^|\s)([^\s:]{1,255}): (?:command )?not found", re.MULTILINE)


def _hidden_libraries(host: HostFiles, names: Iterable[str]) -> Iterator[HostFile]:
    """Those of these libraries, or of these stems, that the machine has and does not show."""
    for wanted in dict.fromkeys(map(os.path.basename, names)):
        alike = [each for each in host.libraries if wanted in (each, _stem(each))]
        if not any(host.shows(host.libraries[each]) for each in alike):
            for name in sorted(alike, key=_is_for_compilers)[:1]:
                yield HostFile(LIBRARY, name, _own(host.libraries[name]), HIDDEN)


def _hidden_files(host: HostFiles, names: Iterable[str]) -> Iterator[HostFile]:
    for name in dict.fromkeys(names):
        path = _found(name)
        if path and not host.shows(path):
            yield HostFile(_kind(path), os.path.basename(path), path, HIDDEN)


def _found(name: str) -> str | None:
    """Where the machine has a file or a program, outside the places that are Lambda's own."""
    places = [name] if "/" in name else [f"{folder}/{name}" for folder in _PROGRAM_FOLDERS]
    there = (each for each in places if os.path.isabs(each) and os.path.exists(each))
    return next((each for each in there if not _is_lambdas(each)), None)


def _kind(path: str) -> str:
    if ".so" in os.path.basename(path):
        return LIBRARY
    return PROGRAM if os.path.isfile(path) and os.access(path, os.X_OK) else FILE


def _is_lambdas(path: str) -> bool:
    return _is_below(path, _LAMBDAS)
