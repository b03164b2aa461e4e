"""Libraries, programs and data files that functions find in Lambda.

Functions in zip files run in an environment like AWS's base images: Amazon Linux 2023's minimal
container image for python3.12 and later, Amazon Linux 2's image for earlier runtimes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# AWS's page "Creating a Lambda function using a container image" names the images. Their packages
# are listed in "Comparing packages installed on Amazon Linux 2023 Minimal AMI and Container Images"
# and printed by `rpm -qa` in amazonlinux:2. All were read in November 2026.

# Libraries that every function finds: those of glibc and GCC, and the dependencies of CPython.
_CERTAIN = re.compile(
    r"""
      ld-linux[\w-]* | ld64 | lib(?:
        c | m | mvec | dl | pthread | rt | util | resolv | nsl | anl | crypt | thread_db
        | BrokenLocale | nss_(?:files|dns|compat) | gcc_s | stdc\+\+
        | z | expat | bz2 | lzma | zstd | ffi | ssl | crypto | sqlite3 | uuid
        | readline | history | tinfo | (?:ncurses|form|menu|panel)w? | gdbm | gdbm_compat )
    """,
    re.VERBOSE,
)
# Libraries that AWS's images contain for their package managers. AWS does not say whether functions
# in zip files find them. libmagic is in both images, but functions in zip files miss it
# (cloud-print-utils#4, read in November 2026), so it is in neither list.
_UNCERTAIN = re.compile(
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
_PROGRAMS_OF_BOTH = """
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
# Programs of cpio, diffutils, findutils and ncurses.
_PROGRAMS_OF_AL2 = "cpio cmp diff diff3 sdiff find xargs clear infocmp reset tabs tic toe tput tset"
_FIRST_PYTHON_OF_AL2023 = (3, 12)
PROGRAM_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")

# Folders of glibc and OpenSSL next to the libraries, as glob patterns.
FOLDERS_NEXT_TO_LIBRARIES = ("gconv", "engines-*", "ossl-modules")
# Certificates, time zones, locales and terminal descriptions; users, host names and services.
DATA_FILES = (
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies", "/usr/lib/ssl"),
    *("/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/var/lib/ca-certificates"),
    *("/usr/share/crypto-policies", "/usr/share/pki", "/usr/share/zoneinfo", "/usr/lib/locale"),
    *("/usr/share/terminfo", "/usr/lib/terminfo", "/lib/terminfo", "/etc/terminfo"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/hosts"),
    *("/etc/resolv.conf", "/etc/gai.conf", "/etc/protocols", "/etc/services", "/etc/os-release"),
)

# Folders whose files belong to the function or to the kernel, not to the host.
LAMBDA_FOLDERS = ("/var/task", "/var/lang", "/var/runtime", "/opt", "/tmp", "/dev", "/proc", "/sys")


def list_programs(python: tuple[int, int]) -> Sequence[str]:
    """Names of the programs that functions of this Python version find."""
    is_al2 = python < _FIRST_PYTHON_OF_AL2023
    return [*_PROGRAMS_OF_BOTH.split(), *(_PROGRAMS_OF_AL2.split() if is_al2 else [])]


def library_stem(name: str) -> str:
    """A library's file name without its version: `libxml2` for `libxml2.so.2`."""
    found = _VERSIONED.fullmatch(name)
    return found["stem"] if found else name


def is_link_time_name(name: str) -> bool:
    """Whether compilers use this name of a library: it has no version, as in `libmagic.so`."""
    return name.endswith(".so") and not re.search(r"-\d[\d.]*\.so$", name)


def is_uncertain_library(name: str) -> bool:
    """Whether AWS's images contain the library, but functions in zip files may not find it."""
    return _matches(_UNCERTAIN, name)


def is_possible_library(name: str) -> bool:
    """Whether functions find the library in Lambda, or may find it."""
    is_listed = _matches(_CERTAIN, name) or is_uncertain_library(name)
    return not is_link_time_name(name) and is_listed


def _matches(pattern: re.Pattern[str], name: str) -> bool:
    """Whether the pattern matches the name without its suffix, or also without its version."""
    stems = (library_stem(name), name.partition(".so")[0])
    return any(pattern.fullmatch(each) for each in stems)
