"""A monorepo of a hundred small functions, as ten teams would have it.

`write_fleet` writes the sources and BUILD files; a `pants.toml` is the caller's. It names the
backend `aws_lambda`, the source root `src`, and a resolve `default` with the lockfile
`3rdparty/python/default.lock` and the constraints `3rdparty/python/default.constraints.txt`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RUNTIME = "python3.13"
SHARED = "depot"
# Every function imports it, so that an edit of it touches every artifact.
COMMON = "audit"
_REQUIREMENTS = Path(__file__).resolve().parent / "requirements"

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
    """What the functions of a team import from outside, and the layer that they attach."""

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
# One layer carries a distribution; the others, what the functions that attach them need.
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
    """The first so many functions. Each ten in a row are one of each team."""
    teams = list(TEAMS.items())
    return [
        Function(f"{name}_{i // len(teams)}", team, _imported(i))
        for i in range(functions)
        for name, team in (teams[i % len(teams)],)
    ]


def write_fleet(folder: Path, *, functions: int = 100) -> None:
    """Write the sources, and the BUILD files for the backend `aws_lambda`, into a folder."""
    written = fleet(functions)
    write_sources(folder, written)
    _write(folder / "3rdparty/python/BUILD", THIRD_PARTY)
    _write(folder / f"src/{SHARED}/BUILD", "python_sources()\n")
    for function in written:
        _write(folder / function.folder / "BUILD", _function(function))
    _write(folder / "src/layers/BUILD", "".join(_layers(written)))


def write_sources(folder: Path, functions: list[Function]) -> None:
    """Write what does not depend on the tool that packages it."""
    for kind in ("requirements", "constraints"):
        target = folder / f"3rdparty/python/default.{kind}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_REQUIREMENTS / f"fleet.{kind}.txt", target)
    _write(folder / f"src/{SHARED}/__init__.py", "")
    for index, module in enumerate(_MODULES):
        _write(folder / f"src/{SHARED}/{module}.py", shared_module(index))
    for function in functions:
        _write(folder / function.handler, handler(function))


THIRD_PARTY = """\
python_requirements(name="default", source="default.requirements.txt")
"""


def shared_module(index: int, *, edit: int = 0) -> str:
    """The text of a shared module; another `edit` is another text that does the same."""
    name = _MODULES[index]
    # Topics build on earlier ones, and none on a later one; on the common module, only functions.
    below = _MODULES[index // 2] if index > 2 else None
    imports = f"from {SHARED} import {below}\n\n" if below else ""
    return f'''\
"""What the functions share about {name}."""

import datetime
import json

{imports}EDIT = {edit}


class {name.title()}Error(ValueError):
    """Raised for {name} that nobody can make sense of."""


def parse(text):
    """Read {name} from JSON."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise {name.title()}Error(text) from error
    return {{"kind": "{name}", "value": value, "read": now()}}


def render(value):
    """Write {name} as JSON, in an order of its own."""
    return json.dumps(value, sort_keys=True, default=str)


def now():
    return datetime.datetime.now(datetime.timezone.utc)
'''


def handler(function: Function, *, edit: int = 0) -> str:
    """The text of a handler; another `edit` is another text that does the same."""
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
    """The common module, and four topics: others for each function, all of them in turn."""
    chosen = {_TOPICS[(index * 7 + step * 5) % len(_TOPICS)] for step in range(4)}
    return (COMMON, *sorted(chosen))


def _function(function: Function) -> str:
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


def _layers(functions: list[Function]) -> Iterator[str]:
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


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
