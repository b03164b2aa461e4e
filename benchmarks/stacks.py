"""Measures imports of popular stacks by cause, and the effect of changes to their artifacts."""

from __future__ import annotations

import _imp
import gzip
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import Bench
from benchmarks.coldstart import import_step, run_isolated
from benchmarks.measurements import Key, Measurements, Series, Step
from benchmarks.projects.project import StackProject
from bootstrap.messages import print_progress

_BOTO3 = """\
import boto3

s3 = boto3.client("s3", region_name="eu-west-1")


def handler(event, context):
    return s3.list_objects_v2(Bucket=event["bucket"])["KeyCount"]
"""
_FASTAPI = """\
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel


class Order(BaseModel):
    name: str
    amount: float = 1.0


app = FastAPI()


@app.post("/orders")
def create(order: Order) -> Order:
    return order


handler = Mangum(app)
"""
_PANDAS = """\
import pandas


def handler(event, context):
    return pandas.DataFrame(event["rows"]).sum().to_dict()
"""
STACKS = {
    "boto3": StackProject("boto3", "stacks", ("boto3",), code=_BOTO3),
    "FastAPI": StackProject("fastapi", "stacks", ("fastapi", "mangum", "pydantic"), code=_FASTAPI),
    "pandas": StackProject("pandas", "stacks", ("pandas",), code=_PANDAS),
}
CACHED, UNCACHED = "causes", "causes, files not cached"
START, IMPORT, AS_BUILT = "Python's own start", "**import of the handler**", "as built"
_CAUSES = Path(__file__).resolve().parent / "import_causes.py"
_MODULE = "lambda_function"
_OPENED = """\
import sys; sys.path[:0] = [sys.argv[1]]
sys.addaudithook(lambda event, found: event == "open" and print(found[0]))
import lambda_function"""


class Stack(NamedTuple):
    """A packaged stack. `task` is the folder with the unpacked function."""

    name: str
    task: Path
    modules: tuple[str, ...]

    def import_step(self, key: Key, folders: list[Path]) -> Step:
        return import_step(key, _MODULE, folders, self.modules)


def measure_stacks(bench: Bench, rounds: int) -> Measurements:
    stacks = []
    for name, project in STACKS.items():
        for each in bench.contenders(project, ("ours",)):
            [function] = project.functions
            [task] = each.artifact(function).unpack(bench.folder / "stacks" / name)
            stacks.append(Stack(name, task, function.modules))
    bench.stop()
    # Only pages that are on the disk can leave the page cache.
    os.sync()
    found: dict[Key, list[float]] = {}
    for turn in range(1, rounds + 1):
        for stack in stacks:
            for key, value in _measure_causes(stack):
                found.setdefault(key, []).append(value)
            print_progress(f"{turn}/{rounds}  causes: {stack.name}")
    steps = [step for stack in stacks for step in _experiments(stack)]
    return {
        **{key: Series(tuple(values)) for key, values in found.items()},
        **bench.run(steps, rounds=rounds),
    }


def _measure_causes(stack: Stack) -> Iterator[tuple[Key, float]]:
    import_once = stack.import_step(Key("", "", ""), [stack.task]).measure
    for work in (UNCACHED, CACHED):
        begin = time.perf_counter()
        run_isolated(stack.task, "-c", "pass")
        yield Key(work, START, stack.name), time.perf_counter() - begin
        for measure in (
            lambda: {IMPORT: import_once()},
            lambda: json.loads(run_isolated(stack.task, _CAUSES, _MODULE, stack.task)),
        ):
            if work == UNCACHED:
                _evict(stack.task)
            for cause, seconds in measure().items():
                yield Key(work, cause, stack.name), seconds


def _evict(folder: Path) -> None:
    """Drop the files of a folder from the page cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def _experiments(stack: Stack) -> Iterator[Step]:
    """The import of the artifact, and of changed copies of it.

    The copies share their files, so a change replaces a file, and never writes into it.
    """
    for name, change in _CHANGES.items():
        if name.startswith("botocore") and not (stack.task / "botocore").is_dir():
            continue
        copy = stack.task.with_name(re.sub(r"\W+", "-", name))
        shutil.copytree(stack.task, copy, copy_function=os.link)
        folders = change(copy) or [copy]
        step = stack.import_step(Key("experiments", stack.name, name), folders)
        # After the first import, the files are in the page cache.
        step.measure()
        yield step


def _bytecode(task: Path) -> Iterator[tuple[Path, Path]]:
    """The files with bytecode, each with its source."""
    for path in [*task.rglob("*.pyc")]:
        yield path, path.parent.parent / f"{path.name.partition('.cpython-')[0]}.py"


def _check_hashes(task: Path) -> None:
    """Set the flags and the hash that follow the magic number (PEP 552)."""
    for path, source in _bytecode(task):
        old = path.read_bytes()
        hashed = _imp.source_hash(int.from_bytes(old[:4], "little"), source.read_bytes())
        path.unlink()
        path.write_bytes(old[:4] + b"\3\0\0\0" + hashed + old[16:])


def _drop_sources(task: Path) -> None:
    for path, source in _bytecode(task):
        path.rename(source.with_suffix(".pyc"))
        source.unlink()


def _delete(task: Path, pattern: str) -> None:
    for path in [*task.rglob(pattern)]:
        shutil.rmtree(path)


def _keep_opened_files(task: Path) -> None:
    opened = set(run_isolated(task, "-c", _OPENED, task).splitlines())
    sources = {str(source) for path, source in _bytecode(task) if str(path) in opened}
    for path in [*task.rglob("*")]:
        if path.is_file() and ".so" not in path.suffixes and str(path) not in opened | sources:
            path.unlink()


def _drop_services(task: Path) -> None:
    for folder in (task / "botocore/data").iterdir():
        if folder.name != "s3" and folder.is_dir():
            shutil.rmtree(folder)


def _unpack_service_data(task: Path) -> None:
    for path in [*task.glob("botocore/data/**/*.json.gz")]:
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()


def _more_folders(task: Path) -> list[Path]:
    empty = [task.with_name(f"{task.name}-{n}") for n in range(3)]
    for folder in empty:
        folder.mkdir()
    return [task, *empty]


def _split(task: Path) -> list[Path]:
    layer = task.with_name(f"{task.name}-layer")
    layer.mkdir()
    for path in [*task.iterdir()]:
        if path.name == "__pycache__":
            shutil.copytree(path, layer / path.name)
        elif path.name not in ("answers", f"{_MODULE}.py"):
            path.rename(layer / path.name)
    return [task, layer]


def _collect_later(task: Path) -> None:
    path = task / f"{_MODULE}.py"
    code = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(f"import gc\ngc.disable()\n{code}\ngc.enable()\n", encoding="utf-8")


_CHANGES: Mapping[str, Callable[[Path], list[Path] | None]] = {
    AS_BUILT: lambda task: None,
    "without bytecode": partial(_delete, pattern="__pycache__"),
    "all bytecode checked against its source": _check_hashes,
    "`.pyc` files in place of sources": _drop_sources,
    "three more folders in `sys.path`": _more_folders,
    "third-party code in a layer": _split,
    "without `dist-info` folders": partial(_delete, pattern="*.dist-info"),
    "without unused files": _keep_opened_files,
    "botocore's data of one service": _drop_services,
    "botocore's data uncompressed": _unpack_service_data,
    "no garbage collection until the end": _collect_later,
}
