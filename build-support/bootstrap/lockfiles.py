"""Lockfiles that pants.toml names, made where they are missing and anew when their inputs changed.

Beside a lockfile that this program made lies `<lockfile>.inputs`: one line, a hash and a name, for
each thing that it was made from. These are the inputs, and no others:

- the constraints file that [python.resolves_to_constraints_file] names for the resolve,
- the requirement targets of the resolve, wherever they are, and the files that they read,
- what pants.toml says of the resolve, the package indexes, and the versions of Pants and PEX.

A resolve without requirement targets gets no lockfile: Pants would write an empty one.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.client import command_of
from bootstrap.fault import Fault, facts, say
from bootstrap.pants_toml import PantsToml
from bootstrap.places import Place, alone, replace_text
from bootstrap.requirement_targets import RequirementTargets, digest

# The defaults of Pants 2.17.1, for repositories that turn resolves on and name none.
DEFAULT_RESOLVE = "python-default"
DEFAULT_RESOLVES = {DEFAULT_RESOLVE: "3rdparty/python/default.lock"}

# Beside a lockfile while Pants makes it: should this run be killed, the next one knows whose it is.
UNFINISHED = "unfinished\n"


class Resolve(NamedTuple):
    name: str
    root: Path
    lockfile: str
    constraints: str | None
    settings: str
    # The one minor version that it is for. `None` if its constraints name several, or if pants.toml
    # says where Pants looks for it.
    python: str | None
    has_macros: bool = False  # Whether macros may state requirements, which only Pants can read.

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

    def inputs(self, targets: RequirementTargets) -> str | None:
        """What the lockfile would be made from now, as the text of its .inputs file; `None` if
        there are no requirements."""
        files = targets.inputs(self.name)
        if not files and not self.has_macros:
            return None
        if self.constraints:
            files[self.constraints] = digest(self.root / self.constraints)
        settings = hashlib.sha256(self.settings.encode()).hexdigest()
        lines = [f"{files[path]}  {path}" for path in sorted(files)]
        return "\n".join([*lines, f"{settings}  the resolve's settings in pants.toml"]) + "\n"

    def why_stale(self, targets: RequirementTargets) -> str | None:
        """Why the lockfile has to be made, in words; `None` where it does not."""
        exists = self.path.is_file()
        recorded = self.recorded()
        if exists and recorded is None:
            return "it is not known what it was made from"
        inputs = self.inputs(targets)
        if inputs is None or (exists and recorded == inputs):
            return None
        if not exists:
            return "it does not exist"
        if recorded == UNFINISHED:
            return "the last attempt did not end well"
        return f"{_difference(str(recorded), inputs)} changed"


def bring_up_to_date(
    config: PantsToml, pants: Place, pex: Place | None, environment: Mapping[str, str]
) -> None:
    """Have Pants make those lockfiles that are ours to make and do not match their inputs."""
    resolves = _resolves(config, pants, pex)
    if not _ours_and_stale(resolves, config, pants):
        return
    root = hashlib.sha256(str(config.root).encode()).hexdigest()[:12]
    with alone(pants.cache, f"lockfiles-{root}", "generating this repository's lockfiles"):
        stale = {
            resolve: why_and_inputs
            for resolve, why_and_inputs in _ours_and_stale(resolves, config, pants).items()
            if _has_its_python(resolve)
        }
        if stale:
            _generate(stale, pants, environment)


def require_pythons(
    config: PantsToml, pants: Place, pex: Place | None, arguments: Sequence[str]
) -> None:
    """Refuse to generate lockfiles if Pants would not find a Python for one of them."""
    from bootstrap.interpreter import has_python, places

    options = ("--resolve=", "--generate-lockfiles-resolve=")
    asked = {each.partition("=")[2] for each in arguments if each.startswith(options)}
    chosen = [each for each in _resolves(config, pants, pex) if not asked or each.name in asked]
    missing = {each.python for each in chosen if each.python and not has_python(each.python)}
    if not missing:
        return
    python = min(missing, key=lambda minor: int(minor[2:]))
    needs_it = [(f"resolve {each.name}", each.lockfile) for each in chosen if each.python == python]
    others = [f"--resolve={each.name}" for each in chosen if each.python not in missing]
    without = "\n\nor generate the other lockfiles:\n\n  ./pants generate-lockfiles " + " ".join(
        others
    )
    raise Fault(
        f"No working CPython {python} was found, and Pants cannot generate a lockfile for "
        f"CPython {python} without one.\n\n"
        f"{facts([*needs_it, *places(python)])}\n\n"
        "To fix, install it, for instance with\n\n"
        f"  pyenv install {python}"
        f"{without if others else ''}"
    )


def _ours_and_stale(
    resolves: list[Resolve], config: PantsToml, pants: Place
) -> dict[Resolve, tuple[str, str]]:
    """Each resolve whose lockfile has to be made, why, and what from."""
    default = config.whole(pants).get("python", {}).get("default_resolve", DEFAULT_RESOLVE)
    targets = RequirementTargets(config.root, pants.cache, default)
    stale = {resolve: why for resolve in resolves if (why := resolve.why_stale(targets))}
    if not stale:
        return {}
    git = _tags_in_git(config.root, [resolve.lockfile for resolve in stale])
    return {
        resolve: (why, inputs)
        for resolve, why in stale.items()
        if _is_ours(resolve, git) and (inputs := resolve.inputs(targets))
    }


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


def _generate(
    stale: dict[Resolve, tuple[str, str]], pants: Place, environment: Mapping[str, str]
) -> None:
    import subprocess

    # The inputs were taken before Pants reads them: the next run notices later edits.
    for resolve, (why, _) in stale.items():
        say(f"Generating {resolve.lockfile}: {why}")
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
    for resolve, (_, inputs) in stale.items():
        replace_text(resolve.record, inputs)


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
    found = [
        _resolve(name, lockfile, config.root, python, common)
        for name, lockfile in sorted(resolves.items())
        if isinstance(lockfile, str)
    ]
    if whole.get("GLOBAL", {}).get("build_file_prelude_globs"):
        found = [resolve._replace(has_macros=True) for resolve in found]
    if whole.get("python-bootstrap") or "PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH" in os.environ:
        found = [resolve._replace(python=None) for resolve in found]
    return found


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


def _difference(recorded: str, current: str) -> str:
    """The names of the inputs whose lines differ."""
    lines = set(recorded.splitlines()).symmetric_difference(current.splitlines())
    return ", ".join(sorted({line.partition("  ")[2] for line in lines}))
