"""Finds the resolves of a command's targets, so that ./pants generates only their lockfiles.

Pants knows the dependencies of targets, and it can list them without a lockfile. The cache folder
keeps its answer for each command until a BUILD file or the tree of folders changes. A resolve that
is missing from an old answer is a clear error: Pants names the lockfile that does not exist.

Commands whose targets or resolves only Pants can determine need all resolves.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from bootstrap.cache_folder import replace_text
from bootstrap.client import client_program
from bootstrap.installation import Installation
from bootstrap.messages import timed_if_slow
from bootstrap.requirement_targets import RequirementTargets

_LINT = frozenset(("fix", "fmt", "lint"))
_CHECK = frozenset(("check",))
_TEST = frozenset(("test",))

# Goals of Pants 2.17.1 that use only the resolves of their targets' dependencies and of tools.
_GOALS = _LINT | _CHECK | _TEST | {"lambda-report", "package", "publish", "run"}

# The goals that use a tool, by the section of its options. Any goal may use other tools.
_GOALS_OF_TOOLS = {
    "autoflake": _LINT,
    "bandit": _LINT,
    "black": _LINT,
    "docformatter": _LINT,
    "flake8": _LINT,
    "isort": _LINT,
    "mypy": _CHECK,
    "pylint": _LINT,
    "pytest": _TEST,
    "pyupgrade": _LINT,
    "ruff": _LINT,
}

# Without this option, Pants cannot list the dependencies of a requirement before its lockfile
# exists.
_WITHOUT_LOCKFILES = "--no-python-enable-lockfile-targets"


def needed_resolves(
    arguments: Sequence[str],
    goals: Sequence[str],
    targets: RequirementTargets,
    parsed: Mapping[str, Any],
    pants: Installation,
    environment: Mapping[str, str],
) -> frozenset[str] | None:
    """The names of the resolves that a command needs, or more. `None` if it may need all.

    `goals` are the first words of the `arguments`, and `parsed` is the content of pants.toml.
    """
    specs = plain_specs(arguments, goals)
    if specs is None or has_other_settings(targets.root):
        return None
    key = json.dumps([os.getcwd(), specs, parsed, targets.digest_of_tree()], sort_keys=True)
    kept = pants.cache / "needed-resolves" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        try:
            with timed_if_slow(
                "Found the lockfiles that this command needs",
                "Finding the lockfiles that this command needs",
            ):
                found = _ask_pants(specs, targets, client_program(pants, environment), environment)
        except (subprocess.CalledProcessError, ValueError):
            # Pants will report the error, unless the command does not need these dependencies.
            return None
        replace_text(kept, json.dumps(found))
    return frozenset(found).union(resolves_of_tools(parsed, goals))


def plain_specs(arguments: Sequence[str], goals: Sequence[str]) -> list[str] | None:
    """The targets of a command. `None` if it has options, which may select targets or resolves."""
    words = list(takewhile(lambda argument: argument != "--", arguments))
    specs = words[len(goals) :]
    plain = not any(word.startswith(("-", "@")) for word in words)
    if plain and specs and _GOALS.issuperset(goals) and not {"::", "//::"}.intersection(specs):
        return specs
    return None


def has_other_settings(root: Path) -> bool:
    """Whether options may be set outside of pants.toml."""
    files = (root / ".pants.rc", Path.home() / ".pants.rc", Path("/etc/pantsrc"))
    named = [name for name in os.environ if name.startswith("PANTS_")]
    return any(file.exists() for file in files) or any(
        "RESOLVE" in name or "FILES" in name for name in named
    )


def resolves_of_tools(parsed: Mapping[str, Any], goals: Sequence[str]) -> Iterator[str]:
    """The resolves that options such as `[mypy].install_from_resolve` name for these goals."""
    for section, options in parsed.items():
        if section == "python" or not isinstance(options, dict):
            continue
        if _GOALS_OF_TOOLS.get(section, _GOALS).intersection(goals):
            for option, value in options.items():
                if option.endswith("resolve") and isinstance(value, str):
                    yield value


def _ask_pants(
    specs: list[str], targets: RequirementTargets, client: str, environment: Mapping[str, str]
) -> list[str]:
    """The resolves of targets and of all their dependencies."""
    pants = [client, _WITHOUT_LOCKFILES]
    listed = [*pants, "dependencies", "--transitive", "--closed", *specs]
    addresses = _output_of(listed, Path.cwd(), environment).splitlines()
    described = _output_of([*pants, "peek", *addresses], targets.root, environment)
    found = [each["resolve"] for each in json.loads(described) if "resolve" in each]
    return sorted({resolve or targets.default_resolve for resolve in found})


def _output_of(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        check=True,
        cwd=str(folder),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    return done.stdout
