"""Explain why PEX could not fetch or build the wheels of a lockfile.

PEX's output begins a paragraph for each file, with pip's output below it. The patterns are those of
PEX 2.100.5 and pip 23.1.2. Output that they do not match is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aws_lambda.artifact.commands import lock_command, pants_command
from aws_lambda.artifact.contents import normalize_name
from aws_lambda.artifact.errors import (
    LambdaError,
    LockfileError,
    WheelError,
    Where,
    columns,
    describe,
    output_lines,
)
from aws_lambda.artifact.wheels.pex_lock import Lockfile, file_name_from_url, is_native_wheel

_MOST_LINES = 12
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
_NO_REQUIREMENT = re.compile(r"No matching distribution found for (\S+)")
_RELOCK = "run `{relock}`, which locks files that exist, or restore the file."
_ACCESS = (
    "make sure that this machine can reach the address, and run the command again. If the index "
    "has moved, set `[python-repos].indexes`, and run `{relock}`."
)
_CREDENTIALS_FIX = (
    "give the index its user and password in pants.toml:\n\n"
    "  [python-repos]\n"
    '  indexes = ["https://%(env.INDEX_USER)s:%(env.INDEX_PASSWORD)s@INDEX/simple"]'
)
_INVALID_FIX = (
    "run the command again, since the download may be damaged. If it is not, lock another version, "
    "and report the wheel to its project."
)
# Why a file cannot be fetched, and the fix.
_PROBLEMS = tuple(
    (re.compile(pattern, re.MULTILINE), fix)
    for pattern, fix in (
        (r"^ERROR: .* because of HTTP error ((?:404|410) .*?) for url", _RELOCK),
        (r"^\[Errno 2\] (No such file or directory)", _RELOCK),
        (r"^ERROR: .* because of HTTP error ((?:401|403|407) .*?) for url", _CREDENTIALS_FIX),
        (r"^ERROR: .* because of HTTP error (\d+ .*?) for url", _ACCESS),
        (r"^pip\._vendor\.\S+: HTTPS?ConnectionPool.*(?:: |\(')(.+?)'?\)*\.?$", _ACCESS),
        (r"\A\w+\+(?s:.*)^fatal: (.*)", _ACCESS),  # A repository.
        (r"^ERROR: (Wheel '.*?') located at \S+ (is invalid)", _INVALID_FIX),
    )
)


class SdistNotBuilt(WheelError):
    """PEX could not build a wheel of a distribution from its sdist.

    The lockfile has no wheel of it that fits the platform.

    To fix, lock a version that has a wheel for the platform, or build the wheel in the runtime's
    build image, as the message shows. With `-ldebug`, Pants prints the whole output of the build.
    """


class FileNotFetched(LockfileError):
    """A file that the lockfile names could not be fetched.

    The package index or folder does not have the file, does not answer, or refuses the access.

    To fix, apply the fix of the message. `pants generate-lockfiles` locks files that exist.
    """


class HashMismatch(LockfileError):
    """A file does not have the hash that is in the lockfile. Another file has taken its place, or
    the download was damaged.

    To fix, run the command again. If the new file is right, run `pants generate-lockfiles`.
    """


class PexFailed(WheelError):
    """PEX could not resolve third-party code from the lockfile. The message contains PEX's own
    output.

    To fix, follow PEX's message. If the requirements are newer than the lockfile, run `pants
    generate-lockfiles`.
    """


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
    def problem(self) -> tuple[str, str] | None:
        """Why the file could not be fetched, and the fix."""
        text = "\n".join((self.url, *self.lines))
        found = ((pattern.search(text), fix) for pattern, fix in _PROBLEMS)
        return next(((" ".join(each.groups()), fix) for each, fix in found if each), None)

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


def explain_failure(
    output: str,
    lock: Lockfile,
    *,
    platform_name: str,
    where: Where,
    wheel_fix: Callable[[Iterable[str]], str],
) -> LambdaError:
    """Return the error for PEX's output.

    `platform_name` is the platform as messages print it. `wheel_fix` returns the fix for these
    distributions, which have no wheel for the platform.
    """
    failed = read_failed_files(output)
    changed = {_describe(each, lock): each for each in failed if each.hashes}
    if changed:
        return HashMismatch(_changed(changed, lock, where=where))
    missing = {_describe(each, lock): each for each in failed if each.problem}
    if missing:
        return FileNotFetched(_not_fetched(missing, lock, where=where))
    builds = {_describe(each, lock): each for each in failed if each.is_build}
    if builds:
        return SdistNotBuilt(
            _not_built(
                builds, lock, platform_name=platform_name, where=where, wheel_fix=wheel_fix(builds)
            )
        )
    return PexFailed(
        describe(
            f"PEX could not resolve the third-party code of {where}.",
            facts=[line for line in output_lines(output) if line][-_MOST_LINES:],
            why=_see_output(where),
            fix=(
                "follow the message of PEX above. If the lockfile is older than the requirements, "
                f"run `{lock_command(lock.resolve)}`."
            ),
        )
    )


def _describe(file: FailedFile, lock: Lockfile) -> str:
    """The name and the locked version of a distribution."""
    project = lock.projects.get(normalize_name(file.name))
    return f"{project.name} {project.version}" if project else file.name


def _facts(
    head: Sequence[tuple[str, str]], files: Mapping[str, Sequence[tuple[str, str]]]
) -> list[str]:
    facts = columns(head)
    for name, rows in files.items():
        facts.extend(["", name, *(f"  {row}" for row in columns(rows))])
    return facts


def _see_output(where: Where) -> str:
    command = pants_command(f"-ldebug package {where.address}")
    return f"To see the whole output, run `{command}`."


def _changed(failed: Mapping[str, FailedFile], lock: Lockfile, *, where: Where) -> str:
    rows = {
        name: [("its file", each.url), ("locked", each.hashes[0]), ("fetched", each.hashes[1])]
        for name, each in failed.items()
        if each.hashes
    }
    return describe(
        f"Files of {where} do not have the hashes in the lockfile.",
        facts=_facts([("the lockfile", lock.path)], rows),
        why="Another file has taken the place of the locked one, or the download was damaged.",
        fix=(
            "run the command again. If the hash differs again, and you trust the new file, run "
            f"`{lock_command(lock.resolve)}`."
        ),
    )


def _not_fetched(failed: Mapping[str, FailedFile], lock: Lockfile, *, where: Where) -> str:
    problems = [each.problem for each in failed.values() if each.problem]
    rows = {
        name: [("its file", each.url), ("the problem", problem)]
        for (name, each), (problem, _) in zip(failed.items(), problems)
    }
    return describe(
        f"Files that the lockfile of {where} names could not be fetched.",
        facts=_facts([("the lockfile", lock.path)], rows),
        fix=problems[0][1].format(relock=lock_command(lock.resolve)),
    )


def _not_built(
    failed: Mapping[str, FailedFile],
    lock: Lockfile,
    *,
    platform_name: str,
    where: Where,
    wheel_fix: str,
) -> str:
    causes = {name: each.causes for name, each in failed.items()}
    rows = {
        name: [("its sdist", each.url), *(("the build", line) for line in causes[name])]
        for name, each in failed.items()
    }
    needed = _NO_REQUIREMENT.search("\n".join(line for each in causes.values() for line in each))
    first = (
        f"make sure that this machine can reach an index with `{needed[1]}`, which the build "
        "requires. Or "
        if needed
        else ""
    )
    return describe(
        f"PEX could not build distributions of {where} from their sdists.",
        facts=_facts([("the platform", platform_name), ("the lockfile", lock.path)], rows),
        why=(
            "The lockfile has no wheel of them for the platform, so PEX runs their build on this "
            f"machine, with the Python of Pants. {_see_output(where)}"
        ),
        fix=f"{first}{wheel_fix}",
    )
