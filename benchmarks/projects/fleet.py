"""A monorepo with a hundred small functions of ten teams.

`write_fleet` writes the sources and BUILD files. The caller writes a `pants.toml` with the source
root `src` and the resolve `default`, as `trial_repository.pants_toml` does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RUNTIME = "python3.13"
SHARED = "depot"
# Every function imports this module, so that an edit of it changes every artifact.
COMMON = "audit"
_REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"

_TOPICS = (
    "accounts",
    "addresses",
    "batches",
    "calendars",
    "carts",
    "catalogs",
    "channels",
    "currencies",
    "customers",
    "discounts",
    "events",
    "flags",
    "forms",
    "invoices",
    "ledgers",
    "limits",
    "locks",
    "messages",
    "metrics",
    "money",
    "orders",
    "payments",
    "policies",
    "products",
    "queues",
    "retries",
    "routes",
    "schedules",
    "tokens",
)
_MODULES = (COMMON, *_TOPICS)


class Team(NamedTuple):
    """The third-party modules that the functions of a team import, and their layer."""

    modules: tuple[str, ...]
    distributions: tuple[str, ...]
    layer: str | None = None


TEAMS = {
    "billing": Team(("requests", "pydantic"), ("requests", "pydantic"), layer="clients"),
    "catalog": Team(("yaml", "jinja2"), ("pyyaml", "jinja2"), layer="templates"),
    "forecasts": Team(("numpy", "pydantic"), ("numpy", "pydantic"), layer="numbers"),
    "mail": Team(("jinja2", "click"), ("jinja2", "click"), layer="templates"),
    "orders": Team(("boto3",), ("boto3",)),
    "reports": Team(("numpy", "attrs"), ("numpy", "attrs"), layer="numbers"),
    "search": Team(("httpx", "pydantic"), ("httpx", "pydantic"), layer="clients"),
    "stock": Team(("jmespath", "yaml"), ("jmespath", "pyyaml")),
    "users": Team(("requests", "attrs"), ("requests", "attrs")),
    "webhooks": Team(("httpx", "click"), ("httpx", "click")),
}
# The layer `numbers` contains this distribution. The others contain the requirements of functions.
_NUMBERS = "3rdparty/python:default#numpy"


class Function(NamedTuple):
    name: str
    team: Team
    shared: tuple[str, ...]

    @property
    def folder(self) -> str:
        return f"src/functions/{self.name}"

    @property
    def handler(self) -> str:
        return f"{self.folder}/handler.py"


def fleet(functions: int) -> list[Function]:
    """The first functions of the fleet. Ten consecutive functions belong to the ten teams."""
    teams = list(TEAMS.items())
    return [
        Function(f"{name}_{i // len(teams)}", team, _imported(i))
        for i in range(functions)
        for name, team in (teams[i % len(teams)],)
    ]


def write_fleet(folder: Path, *, functions: int = 100) -> None:
    """Write the sources, and the BUILD files for the backend of this repository, into a folder."""
    written = fleet(functions)
    write_sources(folder, written)
    _write_file(folder / "3rdparty/python/BUILD", THIRD_PARTY)
    _write_file(folder / f"src/{SHARED}/BUILD", "python_sources()\n")
    for function in written:
        _write_file(folder / function.folder / "BUILD", _build_file(function))
    _write_file(folder / "src/layers/BUILD", "".join(_layer_targets(written)))


def write_sources(folder: Path, functions: list[Function]) -> None:
    """Write the files that do not depend on the tool that packages them."""
    for kind in ("requirements", "constraints"):
        target = folder / f"3rdparty/python/default.{kind}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_REQUIREMENTS / f"fleet.{kind}.txt", target)
    _write_file(folder / f"src/{SHARED}/__init__.py", "")
    for index, module in enumerate(_MODULES):
        _write_file(folder / f"src/{SHARED}/{module}.py", shared_module(index))
    for function in functions:
        _write_file(folder / function.handler, handler(function))


THIRD_PARTY = """\
python_requirements(name="default", source="default.requirements.txt")
"""


def shared_module(index: int, *, edit: int = 0) -> str:
    """The text of a shared module. Texts with another `edit` differ and behave the same."""
    name = _MODULES[index]
    # A topic imports an earlier topic at most. Only functions import the common module.
    below = _MODULES[index // 2] if index > 2 else None
    imports = f"from {SHARED} import {below}\n\n" if below else ""
    return f'''\
"""Code about {name} that functions share."""

import datetime
import json

{imports}EDIT = {edit}


class {name.title()}Error(ValueError):
    """Raised for {name} that are not valid."""


def parse(text):
    """Read {name} from JSON."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise {name.title()}Error(text) from error
    return {{"kind": "{name}", "value": value, "read": now()}}


def render(value):
    """Write {name} as JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, default=str)


def now():
    return datetime.datetime.now(datetime.timezone.utc)
'''


def handler(function: Function, *, edit: int = 0) -> str:
    """The text of a handler. Texts with another `edit` differ and behave the same."""
    third_party = "".join(f"import {module}\n" for module in sorted(function.team.modules))
    shared = "".join(f"from {SHARED} import {module}\n" for module in sorted(function.shared))
    return f'''\
"""Answers events of {function.name}."""

{third_party}
{shared}
EDIT = {edit}
USED = [{", ".join(sorted(function.team.modules))}]


def handler(event, context):
    seen = {COMMON}.parse(event["body"])
    return {{"statusCode": 200, "body": {function.shared[1]}.render(seen)}}
'''


def _imported(index: int) -> tuple[str, ...]:
    """The common module and four topics, which differ between functions and use all topics."""
    chosen = {_TOPICS[(index * 7 + step * 5) % len(_TOPICS)] for step in range(4)}
    return (COMMON, *sorted(chosen))


def _build_file(function: Function) -> str:
    layer = function.team.layer
    layers = f'    layers=["src/layers:{layer}"],\n' if layer else ""
    return f"""\
python_sources()

lambda_function(
    name="fn",
    handler="handler.py:handler",
    runtime="{RUNTIME}",
{layers})
"""


def _layer_targets(functions: list[Function]) -> Iterator[str]:
    for layer in sorted({team.layer for team in TEAMS.values() if team.layer}):
        addresses = [f"{each.folder}:fn" for each in functions if each.team.layer == layer]
        if not addresses:
            continue
        contents = (
            f'dependencies=["{_NUMBERS}"], runtime="{RUNTIME}"'
            if layer == "numbers"
            else f"requirements_of={addresses}".replace("'", '"')
        )
        yield f'lambda_layer(name="{layer}", {contents})\n'


def _write_file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
