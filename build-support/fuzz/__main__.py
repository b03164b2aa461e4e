"""Fuzzes one target, guided by coverage.

    python -m fuzz wheel_reader|zip_writer FOLDER [OPTIONS]

Works in FOLDER. OPTIONS are options, corpora and inputs of libFuzzer. `run` starts this program in
an environment with atheris.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
from pathlib import Path
from typing import Any

# Each target, and the packages whose coverage guides it: the tested code, the zip reader of the
# standard library for the wheel reader, and the code that makes plans from bytes for the zip
# writer.
TARGETS = {"wheel_reader": ["aws_lambda", "zipfile"], "zip_writer": ["aws_lambda", "fuzz"]}


def main(name: str, folder: Path, options: list[str]) -> None:
    # Not an import statement, because no resolve of this repository contains atheris.
    atheris: Any = importlib.import_module("atheris")
    sys.modules.pop("zipfile", None)
    with atheris.instrument_imports(include=TARGETS[name]):
        target = importlib.import_module(f"fuzz.{name}")

    def mutate(data: bytes, most_bytes: int, seed: int) -> bytes:
        changed = target.mutator(random.Random(seed), atheris.Mutate)(data, most_bytes)
        return bytes(changed[:most_bytes])

    custom = {"custom_mutator": mutate} if hasattr(target, "mutator") else {}
    target.write_seeds(_create_folder(folder / "seeds"))
    # libFuzzer tries a single input only if there is no corpus.
    has_input = any(map(os.path.isfile, options))
    arguments = [name, *options, *([] if has_input else [str(folder / "seeds")])]
    os.chdir(_create_folder(folder / "work"))
    atheris.Setup(arguments, target.check, **custom)
    # This call does not return, because libFuzzer ends the process.
    atheris.Fuzz()


def _create_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
