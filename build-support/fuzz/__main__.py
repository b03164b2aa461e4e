"""Fuzzes one target, guided by coverage: `python -m fuzz wheel_reader FOLDER [OPTIONS]`.

The folder is to work in; options are those of libFuzzer. `run` starts this, in an environment that
has atheris.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
from pathlib import Path
from typing import Any

# Each target, and the modules whose coverage guides it: those that are tested, the standard
# library's reader, which says how far an archive gets, and what makes plans out of bytes.
TARGETS = {"wheel_reader": ["aws_lambda", "zipfile"], "zip_writer": ["aws_lambda", "fuzz"]}


def main(name: str, folder: Path, options: list[str]) -> None:
    # Not a plain import: no resolve of this repository has it.
    atheris: Any = importlib.import_module("atheris")
    sys.modules.pop("zipfile", None)
    with atheris.instrument_imports(include=TARGETS[name]):
        target = importlib.import_module(f"fuzz.{name}")

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        changed = target.mutator(random.Random(seed), atheris.Mutate)(data, most)
        return bytes(changed[:most])

    custom = {"custom_mutator": mutate} if hasattr(target, "mutator") else {}
    target.write_seeds(_made(folder / "seeds"))
    # One input to try once more stands alone.
    is_again = any(map(os.path.isfile, options))
    arguments = [name, *options, *([] if is_again else [str(folder / "seeds")])]
    os.chdir(_made(folder / "work"))
    atheris.Setup(arguments, target.check, **custom)
    # It never returns: libFuzzer ends the process.
    atheris.Fuzz()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
