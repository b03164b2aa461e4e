"""Which files of this machine a function used or missed, although Lambda may not have them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aws_lambda_emulator.host_files import HostFiles, is_below, resolve_folder
from aws_lambda_emulator.lambda_files import (
    LAMBDA_FOLDERS,
    PROGRAM_FOLDERS,
    is_link_time_name,
    is_uncertain_library,
    library_stem,
)

# Values of `HostFile.kind` and `HostFile.how`. `check` prints them.
LIBRARY, PROGRAM, FILE = "library", "program", "file"
LACKS, UNSURE, HIDDEN = "lacks", "unsure", "hidden"


@dataclass(frozen=True)
class HostFile:
    """A file of this machine that a function used or looked for.

    `name` is the name by which programs use it, such as `libmagic.so.1` or `git`. `how` is `lacks`
    if Lambda does not have the file, `unsure` if AWS does not say whether Lambda has it, and
    `hidden` if the function looked for the file and the emulator hid it.
    """

    kind: str
    name: str
    path: str
    how: str


@dataclass(frozen=True)
class FileUse:
    """The evidence of a process's use of files.

    `mapped` are paths of native code in its memory, `loaded` are names of libraries that it passed
    to the dynamic loader, and `started` are programs that it started or tried to start.
    """

    mapped: frozenset[str] = frozenset()
    loaded: tuple[str, ...] = ()
    started: tuple[str, ...] = ()


def suggest_fix(files: Iterable[HostFile]) -> str:
    """How to give a function such files: the rest of a sentence that begins with "To fix,"."""
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
        ways.append("add the file to the artifact as a `resource` and read it from there")
    return "; ".join(ways) + "."


def describe_use(files: Sequence[HostFile], address: str) -> Iterator[str]:
    """One line for each value of `how`, for the user who runs the function at this address."""
    by_how = {how: [each for each in files if each.how == how] for how in (HIDDEN, LACKS, UNSURE)}
    if by_how[HIDDEN]:
        yield (
            f"{address} looked for {_join(by_how[HIDDEN])} on this machine. Lambda does not have "
            f"such files, so the emulator hides them. To fix, {suggest_fix(by_how[HIDDEN])}"
        )
    if by_how[LACKS]:
        yield (
            f"{address} used {_join(by_how[LACKS])} of this machine. Lambda does not have such "
            f"files. To fix, {suggest_fix(by_how[LACKS])}"
        )
    if by_how[UNSURE]:
        yield (
            f"{address} used {_join(by_how[UNSURE])} of this machine. AWS's images contain such "
            "files for their package manager, but AWS does not say whether functions find them."
        )


def _join(files: Iterable[HostFile]) -> str:
    return ", ".join(f"{each.name} ({each.path})" for each in files)


def find_used(host: HostFiles, use: FileUse) -> list[HostFile]:
    """The files of this machine that the function used and that Lambda does not or may not have."""
    found = []
    for path in sorted(use.mapped):
        if _belongs_to_lambda(path) or not os.path.isfile(path):
            continue
        if not host.shows(path):
            found.append(HostFile(_kind_of(path), host.library_name(path), path, LACKS))
        elif is_uncertain_library(os.path.basename(path)) and path not in host.of_interpreter:
            found.append(HostFile(LIBRARY, host.library_name(path), path, UNSURE))
    for name in dict.fromkeys(use.started):
        program = _find_on_host(name)
        if program and not host.shows(program):
            found.append(HostFile(PROGRAM, os.path.basename(program), program, LACKS))
    return found


def find_missed(host: HostFiles, use: FileUse, message: str) -> list[HostFile]:
    """The hidden files whose absence explains why a function failed with this message.

    These are the files that the message names. If it names none, this is the last file that the
    function looked for.
    """
    names = _NAMED_LIBRARY.findall(message)
    paths = [*_NAMED_PATH.findall(message), *_NAMED_COMMAND.findall(message)]
    found = [*_find_hidden_libraries(host, names), *_find_hidden_files(host, paths)]
    if not found:
        loaded = _find_hidden_libraries(host, use.loaded)
        started = _find_hidden_files(host, use.started)
        found = [*loaded, *started][-1:]
    return list(dict.fromkeys(found))


# The lengths are limited so that searching in long lines is fast.
_NAMED_LIBRARY = re.compile(r"\blib[\w+-]{1,99}(?:\.so[\w.]{0,99})?")
_NAMED_PATH = re.compile(r"No such file or directory: '([^']{1,4096})'")
_NAMED_COMMAND = re.compile(r"(?:^|\s)([^\s:]{1,255}): (?:command )?not found", re.MULTILINE)


def _find_hidden_libraries(host: HostFiles, names: Iterable[str]) -> Iterator[HostFile]:
    """The hidden libraries of this machine with one of these names or stems."""
    for wanted in dict.fromkeys(map(os.path.basename, names)):
        matching = [each for each in host.libraries if wanted in (each, library_stem(each))]
        if not any(host.shows(host.libraries[each]) for each in matching):
            for name in sorted(matching, key=is_link_time_name)[:1]:
                yield HostFile(LIBRARY, name, resolve_folder(host.libraries[name]), HIDDEN)


def _find_hidden_files(host: HostFiles, names: Iterable[str]) -> Iterator[HostFile]:
    for name in dict.fromkeys(names):
        path = _find_on_host(name)
        if path and not host.shows(path):
            yield HostFile(_kind_of(path), os.path.basename(path), path, HIDDEN)


def _find_on_host(name: str) -> str | None:
    """The path of a file or a program on this machine, outside Lambda's own folders."""
    places = [name] if "/" in name else [f"{folder}/{name}" for folder in PROGRAM_FOLDERS]
    there = (each for each in places if os.path.isabs(each) and os.path.exists(each))
    return next((each for each in there if not _belongs_to_lambda(each)), None)


def _kind_of(path: str) -> str:
    if ".so" in os.path.basename(path):
        return LIBRARY
    return PROGRAM if os.path.isfile(path) and os.access(path, os.X_OK) else FILE


def _belongs_to_lambda(path: str) -> bool:
    return is_below(path, LAMBDA_FOLDERS)
