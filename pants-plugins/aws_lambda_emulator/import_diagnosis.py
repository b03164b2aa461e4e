"""Explains in the function's process why the import of its handler failed.

`check` requests it, because Lambda's own report contains neither the variables that the function
looked up and did not find, nor the causes of an exception. It imports only modules that Python has
loaded before it, so that a function finds its own modules. CPython 3.8 or newer.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any

# Files of the frames between `os.environ` and the code that looks up a variable.
_ENVIRON_FILES = ("<frozen os>", "<frozen _collections_abc>", "/os.py", "/_collections_abc.py")
_IMPORT_FILES = (
    "/bootstrap.py",
    "/import_diagnosis.py",
    "importlib/__init__.py",
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
)
# Flags of code objects (CPython's `inspect` module), with the type that the function returns.
_RETURN_TYPES = {0x20: "generator", 0x80: "coroutine", 0x200: "async_generator"}


def diagnose_import(token: str) -> None:
    """Write a line after the import of the handler's module: `token`, then a JSON object.

    Always present:

    - `handler`: the error of a handler that fails for every event: its type, its message and the
      handler's location. It is an empty list for other handlers.

    Present if the import failed:

    - `unset`: each variable that was looked up and not found, and whether first-party code looked
      it up without a fallback.
    - `required`: the variables that a model of the environment requires.
    - `kinds`: the classes of the exception and of its causes.
    - `messages`: their messages, separated by spaces.
    - `sought`: the full name of a module that `importlib.import_module` did not find.
    """
    lookups = _Lookups(os.environ._data)  # type: ignore[attr-defined]
    os.environ._data = lookups  # type: ignore[attr-defined]
    import_module = importlib.import_module

    def import_and_report(name: str, package: str | None = None) -> ModuleType:
        importlib.import_module = import_module
        note: dict[str, Any] = {}
        try:
            module = import_module(name, package)
            note["handler"] = _handler_error(module, os.environ["_HANDLER"].rpartition(".")[2])
            return module
        except BaseException as error:
            chain = [*_chain(error)]
            note["unset"] = lookups.missing()
            note["required"] = [each for one in chain for each in _required(one)]
            note["kinds"] = [_name(kind) for one in chain for kind in type(one).__mro__]
            note["messages"] = " ".join(str(one) for one in chain)
            note["sought"] = next(filter(None, map(_sought_module, chain)), "")
            if isinstance(error, ImportError):
                _print_traceback(error)
            raise
        finally:
            os.write(2, f"\n{token}{json.dumps(note)}\n".encode())

    importlib.import_module = import_and_report


class _Lookups(dict):  # type: ignore[type-arg]
    """The variables of `os.environ`. Records each lookup of a variable that is not set."""

    def __init__(self, variables: dict[bytes, bytes]) -> None:
        super().__init__(variables)
        self._found: dict[str, list[tuple[str, bool]]] = {}

    def __missing__(self, key: bytes) -> bytes:
        self._found.setdefault(os.fsdecode(key), []).append(_describe_lookup(sys._getframe(1)))
        raise KeyError(key)

    def missing(self) -> list[tuple[str, bool]]:
        """Each name that is still not set, and whether first-party code had no fallback for it."""
        third_party = _files_of_distributions()
        folders = tuple(_code_folders())

        def is_first_party(file: str) -> bool:
            return file.startswith(folders) and file not in third_party

        return [
            (name, any(is_first_party(file) and not fallback for file, fallback in found))
            for name, found in self._found.items()
            if os.fsencode(name) not in self
        ]


def _describe_lookup(frame: FrameType | None) -> tuple[str, bool]:
    """The file of the code that looked up a variable, and whether it has a fallback."""
    fallback = False
    while frame and frame.f_code.co_filename.endswith(_ENVIRON_FILES):
        default = frame.f_locals.get("default")
        # The default of `pop` is a bare object if the caller gave none.
        fallback = fallback or (bool(default) and type(default) is not object)
        frame = frame.f_back
    return (frame.f_code.co_filename if frame else "", fallback)


def _code_folders() -> Iterator[str]:
    """The folders with importable code of the function and its layers."""
    root = os.environ["LAMBDA_TASK_ROOT"][: -len("/var/task")]
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    yield f"{root}/var/task/"
    yield f"{root}/opt/python/lib/{python}/site-packages/"
    yield f"{root}/opt/python/"


def _files_of_distributions() -> set[str]:
    """The files that a RECORD in one of the folders lists."""
    found: set[str] = set()
    for folder in _code_folders():
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            record = os.path.join(folder, name, "RECORD")
            if name.endswith(".dist-info") and os.path.isfile(record):
                with open(record, encoding="utf-8", errors="replace") as file:
                    found.update(folder + line.rsplit(",", 2)[0].strip('"') for line in file)
    return found


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, followed by its causes."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _required(error: BaseException) -> list[str]:
    """The unset variables that a pydantic model of the environment requires."""
    if not type(error).__module__.startswith("pydantic"):
        return []
    try:
        return [*_required_by_pydantic(error)]
    except Exception:  # Another version of pydantic may have another interface.
        return []


def _required_by_pydantic(error: Any) -> Iterator[str]:
    settings = _find_settings(error)
    for each in error.errors():
        if each["type"] not in ("missing", "value_error.missing"):
            continue
        steps = [str(step) for step in each["loc"]]
        given = each.get("input")
        if settings is not None:
            yield from _variables_of_field(settings, steps)
        elif isinstance(given, dict) and "_HANDLER" in given:  # The model got all of `os.environ`.
            yield steps[0]


def _find_settings(error: Any) -> Any:
    """The class that failed, if it reads its fields from the environment; otherwise `None`."""
    candidates = [getattr(error, "model", None)]
    trace = error.__traceback__
    while trace:
        candidates += [type(each) for each in [*trace.tb_frame.f_locals.values()]]
        trace = trace.tb_next
    # The innermost frame is pydantic's own and contains the model that failed.
    for each in reversed(candidates):
        names = [kind.__name__ for kind in getattr(each, "__mro__", ())]
        if "BaseSettings" in names[1:]:
            return each
    return None


def _variables_of_field(settings: Any, steps: list[str]) -> Iterator[str]:
    """The variable of a field of pydantic's settings, version 2 or 1. There may be none."""
    if hasattr(settings, "model_config"):
        config = settings.model_config
        is_exact, delimiter = config.get("case_sensitive"), config.get("env_nested_delimiter")
        field = settings.model_fields.get(steps[0])
        has_alias = field is None or field.validation_alias is not None
        first = steps[0] if has_alias else config.get("env_prefix", "") + steps[0]
        if steps[1:] and not delimiter:
            return
        name = (delimiter or "").join([first, *steps[1:]])
    else:
        is_exact = settings.__config__.case_sensitive
        fields = [each for each in settings.__fields__.values() if each.alias == steps[0]]
        name = sorted(fields[0].field_info.extra["env_names"])[0]
    yield name if is_exact else name.upper()


def _handler_error(module: ModuleType, name: str) -> list[str]:
    """Type, message and location of the error with which a handler fails for every event.

    The list is empty if the handler may succeed. The location is empty if the handler is no
    function.
    """
    try:
        handler = getattr(module, name)
    except AttributeError:  # Lambda reports this itself.
        return []
    if not callable(handler):
        return ["TypeError", f"'{type(handler).__name__}' object is not callable", ""]
    function: Any = handler
    while not hasattr(function, "__code__"):
        # Unwrap bound methods and `functools.partial`.
        inner = getattr(function, "__func__", None) or getattr(function, "func", None)
        if inner is None:
            return []
        function = inner
    code = function.__code__
    for flag, returned in _RETURN_TYPES.items():
        if code.co_flags & flag:
            message = f"Unable to marshal response: Object of type {returned} is not JSON "
            place = f"{code.co_filename}:{code.co_firstlineno}"
            return ["Runtime.MarshalError", message + "serializable", place]
    return []


def _sought_module(error: BaseException) -> str:
    """The argument of a failed `import_module`: the error names only the first missing package."""
    name = ""
    trace = error.__traceback__ if isinstance(error, ModuleNotFoundError) else None
    while trace:
        code = trace.tb_frame.f_code
        if code is importlib.import_module.__code__:
            name = str(trace.tb_frame.f_locals.get("name", ""))
        elif not code.co_filename.startswith("<frozen importlib."):
            name = ""
        trace = trace.tb_next
    return name


def _print_traceback(error: ImportError) -> None:
    """Write the traceback, which AWS's client does not report for an import."""
    trace = error.__traceback__
    # Leave out the frames of the emulator and of the import system.
    while trace and trace.tb_frame.f_code.co_filename.endswith(_IMPORT_FILES):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)
