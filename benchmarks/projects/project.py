"""The projects that all contenders package, with their sources, pins and edits."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from benchmarks.projects import fleet

RUNTIME = "python3.13"
REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"


class Edit(NamedTuple):
    """A file below `src`, and its new text."""

    path: str
    text: str


class Function(NamedTuple):
    """A function that every contender packages.

    `folder` and `first_party` are folders below `src`. `modules` are the modules of `distributions`
    that its artifact must contain.
    """

    folder: str
    first_party: tuple[str, ...]
    distributions: tuple[str, ...]
    modules: tuple[str, ...]

    @property
    def handler(self) -> str:
        """The dotted path of the handler."""
        return f"{self.folder.replace('/', '.')}.handler.handler"


class Project(Protocol):
    """A project. `pins` is the name of its requirement files. Edits with another `turn` differ."""

    @property
    def name(self) -> str: ...
    @property
    def pins(self) -> str: ...
    @property
    def functions(self) -> Sequence[Function]: ...

    def write(self, folder: Path) -> None:
        """Write sources, requirements, and the BUILD files for this repository's backend."""

    def edit_handler(self, turn: int) -> Edit: ...
    def edit_shared(self, turn: int) -> Edit: ...


@dataclass(frozen=True)
class FunctionProject:
    """One function with a few distributions, which are in the function or in a layer."""

    name: str
    pins: str
    modules: tuple[str, ...]
    fields: str = ""
    layer: bool = False

    @property
    def functions(self) -> Sequence[Function]:
        return [Function("answers", ("answers",), (), self.modules)]

    def write(self, folder: Path) -> None:
        for kind in ("requirements", "constraints"):
            target = folder / f"3rdparty/python/default.{kind}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REQUIREMENTS / f"{self.pins}.{kind}.txt", target)
        write(folder / "3rdparty/python/BUILD", fleet.THIRD_PARTY)
        edit = self.edit_handler(0)
        write(folder / "src" / edit.path, edit.text)
        write(folder / "src/answers/BUILD", self._targets())

    def with_changes(self, **changes: Any) -> FunctionProject:
        return replace(self, **changes)

    def edit_handler(self, turn: int) -> Edit:
        imports = "".join(f"import {module}\n" for module in sorted(self.modules))
        return Edit(
            "answers/handler.py",
            f"{imports}\nEDIT = {turn}\nCARRIED = [{', '.join(sorted(self.modules))}]\n\n\n"
            "def handler(event, context):\n"
            '    return {"edit": EDIT, "carried": [each.__name__ for each in CARRIED]}\n',
        )

    def edit_shared(self, turn: int) -> Edit:
        return self.edit_handler(turn)

    def _targets(self) -> str:
        fields = f'name="fn", handler="handler.py:handler", runtime="{RUNTIME}"{self.fields}'
        if not self.layer:
            return f"python_sources()\nlambda_function({fields})\n"
        return (
            f'python_sources()\nlambda_function({fields}, layers=[":deps"])\n'
            f'lambda_layer(name="deps", requirements_of=[":fn"]{self.fields})\n'
        )


@dataclass(frozen=True)
class StackProject(FunctionProject):
    """A function with the handler `code`, which uses its distributions as their guides do."""

    code: str = ""

    def edit_handler(self, turn: int) -> Edit:
        return Edit("answers/handler.py", f"{self.code}\nEDIT = {turn}\n")


@dataclass(frozen=True)
class FleetProject:
    """The first functions of the fleet."""

    size: int

    pins = "fleet"

    @property
    def name(self) -> str:
        return f"fleet{self.size}"

    @property
    def functions(self) -> Sequence[Function]:
        return [
            Function(
                each.folder.removeprefix("src/"),
                (each.folder.removeprefix("src/"), fleet.SHARED),
                each.team.distributions,
                each.team.modules,
            )
            for each in fleet.fleet(self.size)
        ]

    def write(self, folder: Path) -> None:
        fleet.write_fleet(folder, functions=self.size)

    def edit_handler(self, turn: int) -> Edit:
        first = fleet.fleet(1)[0]
        return Edit(first.handler.removeprefix("src/"), fleet.handler(first, edit=turn))

    def edit_shared(self, turn: int) -> Edit:
        text = fleet.shared_module(0, edit=turn)
        return Edit(f"{fleet.SHARED}/{fleet.COMMON}.py", text)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
