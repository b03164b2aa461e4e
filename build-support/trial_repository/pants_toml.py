"""The pants.toml of a trial repository: a repository that a program creates for one run.

The settings follow the README, so that trials use the backend as users do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
THIRD_PARTY = "3rdparty/python"

# The values of one section of a TOML file, by option.
Section = Mapping[str, Any]


def pants_toml(
    resolves: Mapping[str, str] | None = None,
    *,
    backend: str = "aws_lambda",
    plugins: Path | None = ROOT / "pants-plugins",
    root_patterns: Sequence[str] = ("/src",),
    more: Mapping[str, Section] | None = None,
) -> str:
    """The text of a pants.toml for the backend of this repository.

    `resolves` maps the name of each resolve to its minor version of Python; the first is the
    default. The lockfile, the constraints and the requirements of a resolve are in `THIRD_PARTY`.
    `plugins` is the folder of the backend, and `None` for a backend of Pants itself. `more` adds
    options to sections, or replaces them.
    """
    options: dict[str, dict[str, Any]] = {
        "GLOBAL": {
            "pants_version": "2.17.1",
            "pythonpath": [str(plugins)] if plugins else [],
            "backend_packages": [backend, "pants.backend.python"],
            "dynamic_ui": False,
        },
        "anonymous-telemetry": {"enabled": False},
        "source": {"root_patterns": list(root_patterns)},
        "python-infer": {"use_rust_parser": True},
        "python": {
            "interpreter_constraints": ["CPython==3.13.*"],
            "interpreter_versions_universe": [f"3.{minor}" for minor in range(9, 16)],
        },
    }
    if resolves:
        options["python"].update(enable_resolves=True, default_resolve=next(iter(resolves)))
        options["python.resolves"] = {name: f"{THIRD_PARTY}/{name}.lock" for name in resolves}
        options["python.resolves_to_interpreter_constraints"] = {
            name: [f"CPython=={minor}.*"] for name, minor in resolves.items()
        }
        options["python.resolves_to_constraints_file"] = {
            name: f"{THIRD_PARTY}/{name}.constraints.txt" for name in resolves
        }
    for section, added in (more or {}).items():
        options.setdefault(section, {}).update(added)
    return "\n".join(_section_text(name, section) for name, section in options.items())


def _section_text(name: str, section: Section) -> str:
    # Strings, booleans and lists of strings have the same syntax in JSON and in TOML.
    lines = [f"{option} = {json.dumps(value)}\n" for option, value in section.items()]
    return "".join([f"[{name}]\n", *lines])
