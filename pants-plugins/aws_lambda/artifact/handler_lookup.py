"""How Lambda finds the handler: by its own name, or by a file that re-exports it.

The re-export gives AWS a name that does not change when the handler moves.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aws_lambda.artifact.contents import ArtifactFile, Owner, OwnerKind, generate_file
from aws_lambda.artifact.errors import HandlerError, Where, columns, describe
from aws_lambda.artifact.handler_fields import MAX_HANDLER_LENGTH, InvalidHandler, Reexport, is_name
from aws_lambda.artifact.standard_library import PRELOADED_MODULES

_WHITE_SPACE = re.compile(r"\s+")


class HandlerNotDefined(HandlerError):
    """The handler's module does not define the function. The message lists similar names.

    To fix, correct the field `handler`, or define the function at the top level of the module.
    """


class HandlerModuleUnreadable(HandlerError):
    """The handler's file has a syntax error.

    To fix, correct the line that the message shows.
    """


class ReexportClash(HandlerError):
    """The name of the re-export is taken. The handler's own module has this name, and it already
    defines the attribute or is not a file of your own.

    To fix, give the field `reexport` another name, set `reexport=""`, or rename the module or the
    attribute that the message shows.
    """


@dataclass(frozen=True)
class ModuleNames:
    """The names that a module binds at its top level, according to its source.

    `syntax_error` is the place and message of a syntax error, as `line 3: invalid syntax`.
    `dynamic` is set if the module may bind more names at run time: by a star import, a module-level
    `__getattr__`, `globals()` or `exec`. `deferred_functions` maps each coroutine or generator
    function to its kind and line. `imported_names` maps each imported name to its module and its
    name there.
    """

    names: frozenset[str]
    dynamic: bool = False
    syntax_error: str = ""
    deferred_functions: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    imported_names: Mapping[str, tuple[str, str]] = field(default_factory=dict)


# The names of a module that cannot be read, such as an extension module.
UNKNOWN_NAMES = ModuleNames(frozenset(), dynamic=True)


@dataclass(frozen=True)
class HandlerEntry:
    """The way in which Lambda finds the handler.

    `handler` is the name that AWS gets. `appended_line` must be added to the handler's file, if the
    re-export is in the same module. `doubts` are sentences for users about names that could not be
    checked.
    """

    handler: str
    appended_line: str = ""
    doubts: tuple[str, ...] = ()


def find_module(files: Iterable[ArtifactFile], module: str) -> ArtifactFile | None:
    """Return the file that `import module` finds: a package, a module, or an extension module."""
    path = module.replace(".", "/")
    by_path = {file.path: file for file in files}
    for candidate in (f"{path}/__init__.py", f"{path}.py"):
        if candidate in by_path:
            return by_path[candidate]
    extensions = (p for p in by_path if p.startswith(f"{path}.") and p.endswith(".so"))
    return next((by_path[p] for p in sorted(extensions)), None)


def generate_reexport(
    module: str, function: str, reexport: Reexport | None
) -> tuple[ArtifactFile, ...]:
    """Return the file that re-exports the handler.

    There is none without a re-export, or if the handler is in the re-export's module.
    """
    if reexport is None or module == reexport.module:
        return ()
    if all(map(is_name, module.split("."))):
        line = f"from {module} import {function} as {reexport.attribute}\n"
    else:
        # Like Lambda, `import_module` accepts names that an `import` statement cannot contain.
        line = (
            "from importlib import import_module\n\n"
            f"{reexport.attribute} = import_module({module!r}).{function}\n"
        )
    owner = Owner(OwnerKind.REEXPORT, reexport.dotted)
    return (generate_file(f"{reexport.module}.py", line.encode(), owner),)


def resolve_handler(
    module: str,
    function: str,
    reexport: Reexport | None,
    *,
    file: ArtifactFile,
    names: ModuleNames,
    unread_reason: str,
    where: Where,
) -> HandlerEntry:
    """Check the handler, and decide how Lambda finds it.

    `file` is the file of the handler's `module`, and `names` are the names that it binds. If the
    file could not be read, `unread_reason` is a clause that says why; otherwise, it is `""`. Raises
    `HandlerNotDefined`, `HandlerModuleUnreadable`, `ReexportClash` or `InvalidHandler`.
    """
    _check_not_loaded(module, where=where)
    doubts = _check_defined(
        module, function, file=file, names=names, unread_reason=unread_reason, where=where
    )
    own = f"{module}.{function}"
    if reexport is None or own == reexport.dotted:
        return HandlerEntry(_check_name(own, where=where), doubts=doubts)
    if module != reexport.module:
        return HandlerEntry(reexport.dotted, doubts=doubts)
    is_bound = reexport.attribute in names.names
    if is_bound or file.owner.kind is not OwnerKind.FIRST_PARTY:
        used_by = f"`{reexport.attribute}` in {file.source}" if is_bound else file.source
        raise ReexportClash(
            describe(
                f"{where.at_start} cannot re-export its handler, because the name is in use.",
                facts=columns(
                    [
                        ("handler", own),
                        ("re-export", reexport.dotted),
                        ("used by", used_by),
                    ]
                ),
                fix=(
                    f'set `reexport=""` (AWS then calls {own}), give `reexport` another name, '
                    f"or rename {used_by}."
                ),
            )
        )
    if names.dynamic and not unread_reason:
        doubts = (
            *doubts,
            f"Pants cannot check whether {file.source} defines a `{reexport.attribute}` of its "
            f"own, because {_DYNAMIC}. In the artifact, `{reexport.attribute}` is `{function}`.",
        )
    line = f"{reexport.attribute} = {function}\n"
    return HandlerEntry(reexport.dotted, line, doubts)


_DYNAMIC = "it binds names at run time"


def _check_not_loaded(module: str, *, where: Where) -> None:
    first = module.partition(".")[0]
    if first in PRELOADED_MODULES:
        raise InvalidHandler(
            describe(
                f"The handler of {where} is in a module with a name of the standard library.",
                facts=[module, f"standard library: {first}"],
                why=f"Python has loaded its own `{first}` before Lambda looks for the handler.",
                fix="rename the module.",
            )
        )


def _check_defined(
    module: str,
    function: str,
    *,
    file: ArtifactFile,
    names: ModuleNames,
    unread_reason: str,
    where: Where,
) -> tuple[str, ...]:
    if names.syntax_error:
        raise HandlerModuleUnreadable(
            describe(
                f"The handler's file of {where} has a syntax error.",
                facts=[f"{file.source}: {names.syntax_error}"],
                why="Lambda would end each invocation with Runtime.UserCodeSyntaxError.",
                fix=f"correct the syntax of {file.source}.",
            )
        )
    if function in names.names:
        return ()
    if names.dynamic:
        reason = unread_reason or _DYNAMIC
        return (
            f"Pants cannot check whether {file.source} defines `{function}`, because {reason}.",
        )
    similar = difflib.get_close_matches(function, sorted(names.names), n=3, cutoff=0.5)
    public = sorted(name for name in names.names if not name.startswith("_"))
    raise HandlerNotDefined(
        describe(
            f"The handler of {where} is not defined.",
            facts=columns(
                [
                    ("looked for", f"{function} in {file.source} (module {module})"),
                    (
                        "similar names" if similar else "it defines",
                        ", ".join(similar or public[:10]) or "nothing",
                    ),
                ]
            ),
            why="Lambda would end each invocation with Runtime.HandlerNotFound.",
            fix=(
                "correct the field `handler`, or define "
                f"`{function}` at the top level of {file.source}."
            ),
        )
    )


def _check_name(handler: str, *, where: Where) -> str:
    if _WHITE_SPACE.search(handler):
        raise InvalidHandler(
            describe(
                f"The handler of {where} contains white space.",
                facts=[handler],
                why="AWS accepts no white space in a handler.",
                fix="leave `reexport` at its default, which gives AWS a name without white space.",
            )
        )
    if len(handler) > MAX_HANDLER_LENGTH:
        raise InvalidHandler(
            describe(
                f"The handler of {where} is too long for AWS.",
                facts=[handler, f"{len(handler)} characters; AWS accepts {MAX_HANDLER_LENGTH}"],
                fix="leave `reexport` at its default, which gives AWS a short name.",
            )
        )
    return handler
