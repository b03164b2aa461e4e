"""Prints the seconds that each cause takes in the import of a module, as a JSON object.

python3.13 -B -S -I import_causes.py MODULE FOLDER…

The folders are first in `sys.path`. The time of a cause excludes the other causes in it: a module
that runs may import another one, for example. The clocks add a few percent.
"""

from __future__ import annotations

import _frozen_importlib as importlib_bootstrap
import _frozen_importlib_external as importlib_external
import gc
import json
import sys
from importlib import import_module
from time import perf_counter
from types import ModuleType
from typing import Any

_RUNNING, _COLLECTING = "running the modules", "garbage collection"
_METADATA, _DATA = "`importlib.metadata`", "service data of botocore"
_PATCHES = (
    (importlib_bootstrap, "_find_spec", "finding modules"),
    (importlib_external.SourceLoader, "get_code", "reading bytecode"),
    (importlib_external, "_compile_bytecode", "unmarshalling bytecode"),
    (importlib_external.SourceLoader, "source_to_code", "compiling"),
    (importlib_external.ExtensionFileLoader, "create_module", "loading native modules"),
    (importlib_external.ExtensionFileLoader, "exec_module", "loading native modules"),
)
# Functions that exist once their module has been imported.
_LATER_PATCHES = {
    "importlib.metadata": [("", each, _METADATA) for each in ("distribution", "entry_points")],
    "botocore.loaders": [
        ("Loader", "list_available_services", _DATA),
        ("JSONFileLoader", "load_file", _DATA),
    ],
}


class Clock:
    """The seconds of each cause. The time belongs to the cause that became active last."""

    def __init__(self) -> None:
        causes = (*(cause for *_, cause in _PATCHES), _METADATA, _DATA, _COLLECTING, _RUNNING)
        self.seconds = dict.fromkeys(causes, 0.0)
        self._active = [_RUNNING]
        self._since = perf_counter()

    def start(self, cause: str) -> None:
        self.stop_active()
        self._active.append(cause)

    def stop(self) -> None:
        self.stop_active()
        self._active.pop()

    def stop_active(self) -> None:
        now = perf_counter()
        self.seconds[self._active[-1]] += now - self._since
        self._since = now

    def patch(self, owner: Any, name: str, cause: str) -> None:
        """Replace a function by one that is timed."""
        function = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            self.start(cause)
            try:
                return function(*args, **kwargs)
            finally:
                self.stop()
                self.patch_later(args)

        setattr(owner, name, timed)

    def patch_later(self, arguments: tuple[Any, ...]) -> None:
        """Patch a module that has run."""
        module = arguments[-1] if arguments else None
        if isinstance(module, ModuleType):
            for owner, name, cause in _LATER_PATCHES.get(module.__name__, ()):
                self.patch(getattr(module, owner) if owner else module, name, cause)


def main(module: str, folders: list[str]) -> None:
    sys.path[:0] = folders
    clock = Clock()
    for patch in (*_PATCHES, (importlib_external.SourceLoader, "exec_module", _RUNNING)):
        clock.patch(*patch)
    gc.callbacks.append(
        lambda phase, _: clock.start(_COLLECTING) if phase == "start" else clock.stop()
    )
    clock.stop_active()
    clock.seconds[_RUNNING] = 0.0
    import_module(module)
    clock.stop_active()
    print(json.dumps(clock.seconds))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
