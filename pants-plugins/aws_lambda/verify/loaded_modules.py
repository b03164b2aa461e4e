"""The modules that Python finds in a function and its layers, with the facts about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda.artifact.contents import ArtifactFile, WheelOrigin
from aws_lambda.artifact.imports.module_index import ImportableModules, ModuleFacts
from aws_lambda.artifact.imports.pth_files import SearchPath, build_search_path
from aws_lambda.contents.carried_files import request_modules_of
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.contents.pth_lines import place_of, pth_lines_of
from aws_lambda.pants_api import concurrently
from aws_lambda.target_types import LambdaCheckEnvField
from aws_lambda.third_party.python_modules import (
    WheelModulesRequest,
    read_modules,
    read_wheel_modules,
)


@dataclass(frozen=True)
class LoadedModules:
    """The modules of a function and its layers.

    `artifacts` are the function and its layers, `start` is how Python starts with them, and `lines`
    are those of `.pth` files. `facts` returns the facts about a file, or `None` if they are
    unknown, and `of_wheels` are the facts by wheel and entry. `unread_because` is the reason why
    the first-party code could not be read, or empty.
    """

    artifacts: tuple[FinalFiles, ...]
    start: SearchPath
    lines: Callable[[ArtifactFile], Sequence[str]]
    facts: Callable[[ArtifactFile], ModuleFacts | None]
    of_wheels: Mapping[tuple[str, str], ModuleFacts]
    unread_because: str

    @property
    def modules(self) -> ImportableModules:
        return ImportableModules(self.start.entries, self.facts)


def python_path_of(function: FinalFiles) -> str | None:
    """The `PYTHONPATH` in the environment of a function."""
    return function.carried.target[LambdaCheckEnvField].value.get("PYTHONPATH")


async def load_modules(function: FinalFiles) -> LoadedModules:
    """Read the modules in the first-party files and wheels of a function and its layers."""
    artifacts = (function, *function.layers)
    python = function.carried.platform.python
    wheels = {w.wheel.file_name: w.digest for each in artifacts for w in each.carried.own_wheels}
    carried = [each.carried for each in artifacts]
    requests = [await request_modules_of(each, each.own_files) for each in carried]
    reads = await concurrently(read_modules(each) for each in requests)
    of_wheels = await concurrently(
        read_wheel_modules(WheelModulesRequest(python, name, wheels[name]))
        for name in sorted(wheels)
    )
    by_place = {
        (name, entry): facts
        for name, each in zip(sorted(wheels), of_wheels)
        for entry, facts in each.facts.items()
    }
    lines = await pth_lines_of(artifacts)
    start = build_search_path(
        [each.view for each in artifacts], lines, python_path=python_path_of(function)
    )

    def facts(file: ArtifactFile) -> ModuleFacts | None:
        if isinstance(file.origin, WheelOrigin):
            return by_place.get(place_of(file))
        reports = (read.of(file) for read in reads)
        return next((report.facts for report in reports if report), None)

    return LoadedModules(artifacts, start, lines, facts, by_place, reads[0].unread_because)
