"""Lockfiles that pants.toml names, made where they are missing and anew when their inputs changed.

Beside a lockfile that this program made lies `<lockfile>.inputs`: one line, a hash and a name, for
each thing that it was made from. These are the inputs, and no others:

- the constraints file that [python.resolves_to_constraints_file] names for the resolve,
- the files in the lockfile's own folder that can state requirements (BUILD files,
  *requirements*.txt, pyproject.toml, Pipfile.lock): several resolves in one folder share them,
- what pants.toml says of the resolve, the package indexes, and the versions of Pants and PEX.

Whose lockfile is it? One under version control is its author's and is never written, nor is one
without our .inputs that git does not ignore: its author has yet to commit it. Outside git, it is
ours if it is missing or our .inputs lies beside it. Only pants.toml is read: whoever sets resolves
elsewhere makes the lockfiles, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.client import command_of
from bootstrap.fault import Fault, facts, say
from bootstrap.pants_toml import PantsToml
from bootstrap.places import Place, alone, replace_text

REQUIREMENT_FILES = ("BUILD", "BUILD.*", "*requirements*.txt", "pyproject.toml", "Pipfile.lock")

# The default of Pants 2.17.1, for repositories that turn resolves on and name none.
DEFAULT_RESOLVES = {"python-default": "3rdparty/python/default.lock"}

# Beside a lockfile while Pants makes it: should this run be killed, the next one knows whose it is.
UNFINISHED = "unfinished\n"


class Resolve(NamedTuple):
    name: str
    root: Path
    lockfile: str
    constraints: str | None
    settings: str
    python: str | None  # The one minor version that it is for, if its constraints name one.

    @property
    def path(self) -> Path:
        return self.root / self.lockfile

    @property
    def record(self) -> Path:
        return self.path.with_name(f"{self.path.name}.inputs")

    def recorded(self) -> str | None:
        try:
            return self.record.read_text(encoding="utf-8")
        except OSError:
            return None

    def inputs(self) -> str:
        """What the lockfile would be made from now, as the text of its .inputs file."""
        folder = self.path.parent
        files = {path for pattern in REQUIREMENT_FILES for path in folder.glob(pattern)}
        if self.constraints:
            files.add(self.root / self.constraints)
        settings = hashlib.sha256(self.settings.encode()).hexdigest()
        lines = [f"{_digest(path)}  {os.path.relpath(path, self.root)}" for path in sorted(files)]
        return "\n".join([*lines, f"{settings}  the resolve's settings in pants.toml"]) + "\n"

    def why_stale(self) -> str | None:
        """Why the lockfile has to be made, in words; `None` where it does not."""
        if not self.path.is_file():
            return "it does not exist"
        recorded = self.recorded()
        if recorded is None:
            return "it is not known what it was made from"
        inputs = self.inputs()
        if recorded == inputs:
            return None
        if recorded == UNFINISHED:
            return "the last attempt did not end well"
        return f"{_difference(recorded, inputs)} changed"


def bring_up_to_date(
    config: PantsToml, pants: Place, pex: Place | None, environment: Mapping[str, str]
) -> None:
    """Have Pants make those lockfiles that are ours to make and do not match their inputs."""
    resolves = _resolves(config, pants, pex)
    if not _ours_and_stale(resolves):
        return
    root = hashlib.sha256(str(config.root).encode()).hexdigest()[:12]
    with alone(pants.cache, f"lockfiles-{root}", "generating this repository's lockfiles"):
        stale = {
            resolve: why
            for resolve, why in _ours_and_stale(resolves).items()
            if _has_its_python(resolve)
        }
        if stale:
            _generate(stale, pants, environment)


def _ours_and_stale(resolves: list[Resolve]) -> dict[Resolve, str]:
    """Each resolve whose lockfile has to be made, and why."""
    stale = {resolve: why for resolve in resolves if (why := resolve.why_stale())}
    if not stale:
        return {}
    git = _tags_in_git(resolves[0].root, [resolve.lockfile for resolve in stale])
    return {resolve: why for resolve, why in stale.items() if _is_ours(resolve, git)}


def _has_its_python(resolve: Resolve) -> bool:
    """Whether a lockfile can be made here: PEX runs a Python that the resolve is for. If not, one
    line says so, and what does not need this resolve goes on."""
    from bootstrap.interpreter import has_python

    if resolve.python is None or has_python(resolve.python):
        return True
    say(
        f"Not generating {resolve.lockfile}: its resolve `{resolve.name}` needs CPython "
        f"{resolve.python}, and neither PATH nor pyenv has one that works "
        f"(for instance: pyenv install {resolve.python})"
    )
    return False


def _generate(stale: dict[Resolve, str], pants: Place, environment: Mapping[str, str]) -> None:
    import subprocess

    for resolve, why in stale.items():
        say(f"Generating {resolve.lockfile}: {why}")
    # Taken before Pants reads them: what is edited meanwhile is noticed by the next run.
    inputs = {resolve: resolve.inputs() for resolve in stale}
    for resolve in stale:
        replace_text(resolve.record, UNFINISHED)
    names = [f"--resolve={resolve.name}" for resolve in stale]
    # The lock is not handed on: this may start the daemon, which would keep it for good. What a
    # killed run left to the daemon is served first, and this one after it.
    done = subprocess.run(
        [command_of(pants, environment), "generate-lockfiles", *names],
        check=False,
        cwd=str(next(iter(stale)).root),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=2,
    )
    if done.returncode != 0:
        raise _failed(list(stale), done.returncode)
    for resolve in stale:
        replace_text(resolve.record, inputs[resolve])


def _failed(stale: list[Resolve], code: int) -> Fault:
    for resolve in stale:
        if not resolve.path.exists():
            resolve.record.unlink()
    options = " ".join(f"--resolve={resolve.name}" for resolve in stale)
    table = facts([(resolve.name, resolve.lockfile) for resolve in stale])
    return Fault(
        f"\nPants could not generate lockfiles that pants.toml names (exit code {code}); "
        "what it said is above.\n\n"
        f"{table}\n\n"
        "To fix, correct what Pants says and run your command again, or look into it alone with\n\n"
        f"  ./pants generate-lockfiles {options}"
    )


def _resolves(config: PantsToml, pants: Place, pex: Place | None) -> list[Resolve]:
    whole = config.whole(pants)
    python = whole.get("python", {})
    if python.get("enable_resolves") is not True:
        return []
    resolves = python.get("resolves", DEFAULT_RESOLVES)
    if not isinstance(resolves, dict):
        return []
    common = {
        "indexes": whole.get("python-repos"),
        "interpreter_constraints": python.get("interpreter_constraints"),
        "pants": pants.version,
        "pex": pex and pex.version,
        "pip": python.get("pip_version"),
    }
    return [
        _resolve(name, lockfile, config.root, python, common)
        for name, lockfile in sorted(resolves.items())
        if isinstance(lockfile, str)
    ]


def _resolve(
    name: str, lockfile: str, root: Path, python: Mapping[str, Any], common: Mapping[str, Any]
) -> Resolve:
    own = {
        option: values.get(name, values.get("__default__"))
        for option, values in python.items()
        if option.startswith("resolves_to_") and isinstance(values, dict)
    }
    constraints = own.get("resolves_to_constraints_file")
    return Resolve(
        name=name,
        root=root,
        lockfile=_in_repository(lockfile),
        constraints=_in_repository(constraints) if isinstance(constraints, str) else None,
        settings=json.dumps([lockfile, own, common], sort_keys=True),
        python=_only_python(
            own.get("resolves_to_interpreter_constraints") or common["interpreter_constraints"]
        ),
    )


def _only_python(constraints: object) -> str | None:
    """The minor version of constraints like `["CPython==3.13.*"]`; `None` for any others."""
    if not isinstance(constraints, list) or len(constraints) != 1:
        return None
    match = re.fullmatch(r"(?:CPython)?\s*==\s*(3\.\d+)\.\*", str(constraints[0]))
    return match.group(1) if match else None


def _in_repository(path: str) -> str:
    return os.path.normpath(path.replace("%(buildroot)s/", ""))


def _is_ours(resolve: Resolve, git: Mapping[str, str] | None) -> bool:
    if git is None:
        return not resolve.path.exists() or resolve.recorded() is not None
    tag = git.get(resolve.lockfile, "ignored or missing")
    if tag == "?":
        return resolve.recorded() is not None
    return tag == "ignored or missing"


def _tags_in_git(root: Path, lockfiles: list[str]) -> dict[str, str] | None:
    """git's tag of each lockfile that it does not ignore: `?` for one that nobody committed.

    `None` outside git. One that is in git's index and deleted on disk has a tag, too.
    """
    import subprocess

    # safe.directory: a checkout of another user's is under version control all the same.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-t"]
    selection = ["--cached", "--others", "--exclude-standard", "--", *lockfiles]
    try:
        listed = subprocess.run(
            [*git, *selection],
            check=False,
            cwd=str(root),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
    if listed.returncode != 0:
        return None
    entries = os.fsdecode(listed.stdout).split("\0")
    return {entry[2:]: entry[0] for entry in entries if entry}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def _difference(recorded: str, current: str) -> str:
    """The names of the inputs whose lines differ."""
    lines = set(recorded.splitlines()).symmetric_difference(current.splitlines())
    return ", ".join(sorted({line.partition("  ")[2] for line in lines}))
