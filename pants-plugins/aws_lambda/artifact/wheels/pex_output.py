"""Reads PEX's output about files that it could not fetch or build.

The output begins a paragraph for each file, with pip's output below it. The patterns are those of
PEX 2.100.5 and pip 23.1.2.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aws_lambda.artifact.wheels.pex_lock import file_name_from_url, is_native_wheel

_DOWNLOAD = re.compile(r"\d+\. (?P<name>\S+) \S+ from (?P<url>\S+)")
_BUILD = re.compile(r"pid \d+ -> .*/sdists/(?P<file>[^/]+)/")
_UNUSABLE = re.compile(r"built the wheel (\S+\.whl) from the sdist \S+ but it is not compatible")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_HASHES = re.compile(r"Expected (\w+) hash of (\w+) when downloading .* but hashed to (\w+)")
# pip's own lines around the output of a build.
_OF_PIP = re.compile(
    r"error: (subprocess-exited-with-error|metadata-generation-failed)|ERROR: (Exception:|Failed )"
    r"|(note|hint): |[×│╰]|Running command |\[end of output\]|ERROR: \[present-rich\]"
)
# What pip prints instead of the output of a build.
_HIDDEN = re.compile(r"(ERROR: \[present-rich\] .*)?")
# Lines of compilers, linkers, CMake, and exceptions of Python.
_ERROR = re.compile(
    r"(^|[\s:.])\w*(error|exception)(\[\w+\])?: |^CMake Error|\bld: cannot find", re.IGNORECASE
)


class ProblemKind(enum.Enum):
    """Why a file could not be fetched."""

    FILE_MISSING = "the index or folder does not have the file"
    ACCESS_DENIED = "the index refuses the access"
    NO_ANSWER = "the index or repository does not answer, or answers with an error"
    INVALID_WHEEL = "the file is not a valid wheel"


_PROBLEMS = tuple(
    (re.compile(pattern, re.MULTILINE), kind)
    for pattern, kind in (
        (r"^ERROR: .* because of HTTP error ((?:404|410) .*?) for url", ProblemKind.FILE_MISSING),
        (r"^\[Errno 2\] (No such file or directory)", ProblemKind.FILE_MISSING),
        (
            r"^ERROR: .* because of HTTP error ((?:401|403|407) .*?) for url",
            ProblemKind.ACCESS_DENIED,
        ),
        (r"^ERROR: .* because of HTTP error (\d+ .*?) for url", ProblemKind.NO_ANSWER),
        (
            r"^pip\._vendor\.\S+: HTTPS?ConnectionPool.*(?:: |\(')(.+?)'?\)*\.?$",
            ProblemKind.NO_ANSWER,
        ),
        (r"\A\w+\+(?s:.*)^fatal: (.*)", ProblemKind.NO_ANSWER),  # A repository.
        (r"^ERROR: (Wheel '.*?') located at \S+ (is invalid)", ProblemKind.INVALID_WHEEL),
    )
)


@dataclass(frozen=True)
class FailedFile:
    """A file that PEX could not fetch, or an sdist that it could not build.

    `url` is the URL in the lockfile, or the name of the file if PEX does not print its URL. `lines`
    are the output of PEX and pip about the file. `heading` is the line of PEX above them.
    """

    name: str
    url: str
    heading: str
    lines: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        return f"{self.name} @ {self.url}"

    @property
    def hashes(self) -> tuple[str, str] | None:
        """The hash in the lockfile and the hash of the file, each with its algorithm."""
        found = _HASHES.search("\n".join(self.lines))
        return (f"{found[1]} {found[2]}", f"{found[1]} {found[3]}") if found else None

    @property
    def problem(self) -> tuple[str, ProblemKind] | None:
        """Why the file could not be fetched, in the words of the output, and its kind."""
        text = "\n".join((self.url, *self.lines))
        found = ((pattern.search(text), kind) for pattern, kind in _PROBLEMS)
        return next(((" ".join(each.groups()), kind) for each, kind in found if each), None)

    @property
    def is_build(self) -> bool:
        """Whether the build of an sdist failed."""
        return not (self.hashes or self.problem or self.url.endswith(".whl"))

    @property
    def is_hidden(self) -> bool:
        """Whether PEX hides the output of the build."""
        return self.is_build and all(_HIDDEN.fullmatch(line) for line in self.lines)

    @property
    def causes(self) -> list[str]:
        """The first and the last error of a build, or else its last line."""
        return find_causes(line for line in self.lines if not _OF_PIP.match(line))


def find_causes(output: Iterable[str]) -> list[str]:
    """The first and the last error in the output of a build, or else its last line."""
    lines = [line.strip() for line in output if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)] or lines[-1:]
    return list(dict.fromkeys([*errors[:1], *errors[-1:]]))


def hide_credentials(output: str) -> str:
    """Replace users and passwords in URLs."""
    return _CREDENTIALS.sub("****", output)


def read_failed_files(output: str) -> list[FailedFile]:
    """Find the files that PEX could not fetch or build, each with the lines below its heading.

    A later paragraph about a file replaces an earlier one.
    """
    paragraphs: list[tuple[FailedFile, list[str]]] = []
    for line in (each.strip() for each in output.splitlines()):
        download, build = _DOWNLOAD.fullmatch(line), _BUILD.match(line)
        if download:
            paragraphs.append((FailedFile(download["name"], download["url"], line), []))
        elif build:
            name = build["file"].rpartition("-")[0]
            paragraphs.append((FailedFile(name, build["file"], line), []))
        elif paragraphs:
            paragraphs[-1][1].append(re.sub(r"^pip:\s*", "", line))
    files = (replace(file, lines=tuple(lines)) for file, lines in paragraphs)
    return list({file_name_from_url(file.url): file for file in files}.values())


def unusable_built_wheels(failure: str) -> list[tuple[str, str]]:
    """The native wheels that PEX built and cannot use, as `name version` and file name.

    For a foreign platform, PEX builds with a Python of this machine. Only wheels without native
    code fit.
    """
    wheels = [name for name in sorted(set(_UNUSABLE.findall(failure))) if is_native_wheel(name)]
    return [(" ".join(name.split("-")[:2]), name) for name in wheels]
