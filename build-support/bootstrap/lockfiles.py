"""Generates lockfiles that pants.toml names and that are missing or out of date.

Next to each lockfile that it generates, this program writes `<lockfile>.inputs`: one line, a hash
and a name, for each input of the lockfile. The inputs are:

- the constraints file that [python.resolves_to_constraints_file] names for the resolve,
- the requirement targets of the resolve in all BUILD files, and the files that they read,
- the settings of the resolve and of the package indexes in pants.toml, and the versions of Pants
  and PEX.

A resolve without requirement targets gets no lockfile, because Pants would write an empty one.

This program does not write lockfiles that belong to their author:

- In git, these are lockfiles under version control, and lockfiles without an `.inputs` file that
  git does not ignore: their author has not committed them yet.
- Outside git, these are lockfiles without an `.inputs` file.

It reads resolves from pants.toml only. If you set resolves elsewhere, run `generate-lockfiles`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bootstrap.cache_folder import exclusive_lock, replace_text
from bootstrap.client import client_program
from bootstrap.installation import Installation
from bootstrap.messages import UserError, facts_table, print_progress
from bootstrap.pants_toml import PantsToml
from bootstrap.requirement_targets import RequirementTargets, digest_of

# The defaults of Pants 2.17.1, for repositories that enable resolves and name none.
DEFAULT_RESOLVE = "python-default"
DEFAULT_RESOLVES = {DEFAULT_RESOLVE: "3rdparty/python/default.lock"}

# The text of the `.inputs` file while Pants generates the lockfile. If this run is killed, the next
# one knows that the lockfile may be overwritten.
UNFINISHED = "unfinished\n"


class Resolve(NamedTuple):
    """A resolve of pants.toml, and everything in pants.toml that its lockfile depends on."""

    name: str
    root: Path
    lockfile: str  # Relative to the root of the repository.
    constraints: str | None  # Likewise.
    settings: str
    # The only minor version of Python that it is for, such as "3.13". `None` if its interpreter
    # constraints allow several, or if pants.toml sets where Pants searches for Python.
    python: str | None
    has_macros: bool = False  # Whether macros, which only Pants can read, may state requirements.

    @property
    def path(self) -> Path:
        return self.root / self.lockfile

    @property
    def record(self) -> Path:
        return self.path.with_name(f"{self.path.name}.inputs")

    def recorded_inputs(self) -> str | None:
        try:
            return self.record.read_text(encoding="utf-8")
        except OSError:
            return None

    def current_inputs(self, targets: RequirementTargets) -> str | None:
        """The text of an `.inputs` file for the current inputs. `None` without requirements."""
        files = targets.inputs(self.name)
        if not files and not self.has_macros:
            return None
        if self.constraints:
            files[self.constraints] = digest_of(self.root / self.constraints)
        settings = hashlib.sha256(self.settings.encode()).hexdigest()
        lines = [f"{files[path]}  {path}" for path in sorted(files)]
        return "\n".join([*lines, f"{settings}  the resolve's settings in pants.toml"]) + "\n"

    def reason_to_generate(self, targets: RequirementTargets) -> str | None:
        """The reason why the lockfile has to be generated, in words. `None` if there is none."""
        exists = self.path.is_file()
        recorded = self.recorded_inputs()
        if exists and recorded is None:
            return "its inputs are not recorded"
        current = self.current_inputs(targets)
        if current is None or (exists and recorded == current):
            return None
        if not exists:
            return "it does not exist"
        if recorded == UNFINISHED:
            return "the last attempt did not finish"
        return f"{_changed_names(str(recorded), current)} changed"


class Generation(NamedTuple):
    """A lockfile to generate: the reason in words, and the text of its `.inputs` file."""

    reason: str
    inputs: str


def update_lockfiles(
    config: PantsToml,
    pants: Installation,
    pex: Installation | None,
    environment: Mapping[str, str],
) -> None:
    """Let Pants generate the lockfiles that are out of date and do not belong to their author."""
    resolves = _read_resolves(config, pants, pex)
    if not _find_generations(resolves, config, pants):
        return
    root = hashlib.sha256(str(config.root).encode()).hexdigest()[:12]
    doing = "generating this repository's lockfiles"
    with exclusive_lock(pants.cache, f"lockfiles-{root}", doing):
        generations = {
            resolve: generation
            for resolve, generation in _find_generations(resolves, config, pants).items()
            if _has_python(resolve)
        }
        if generations:
            _generate(generations, pants, environment)


def require_pythons(
    config: PantsToml, pants: Installation, pex: Installation | None, arguments: Sequence[str]
) -> None:
    """Raise `UserError` if `generate-lockfiles` would not find a Python for one of its resolves."""
    from bootstrap.interpreters import find_python, searched_places

    options = ("--resolve=", "--generate-lockfiles-resolve=")
    named = {each.partition("=")[2] for each in arguments if each.startswith(options)}
    resolves = _read_resolves(config, pants, pex)
    chosen = [each for each in resolves if not named or each.name in named]
    missing = {each.python for each in chosen if each.python and not find_python(each.python)}
    if not missing:
        return
    python = min(missing, key=lambda minor: int(minor[2:]))
    needs_it = [(f"resolve {each.name}", each.lockfile) for each in chosen if each.python == python]
    others = [f"--resolve={each.name}" for each in chosen if each.python not in missing]
    without = "\n\nor generate the other lockfiles:\n\n  ./pants generate-lockfiles " + " ".join(
        others
    )
    raise UserError(
        f"No working CPython {python} was found, and Pants cannot generate a lockfile for "
        f"CPython {python} without one.\n\n"
        f"{facts_table([*needs_it, *searched_places(python)])}\n\n"
        "To fix, install it, for instance with\n\n"
        f"  pyenv install {python}"
        f"{without if others else ''}"
    )


def _find_generations(
    resolves: list[Resolve], config: PantsToml, pants: Installation
) -> dict[Resolve, Generation]:
    """The lockfiles that this program has to generate.

    First finds the lockfiles that are out of date, and asks git only about those. A warm run
    therefore does not start git.
    """
    default = config.parsed(pants).get("python", {}).get("default_resolve", DEFAULT_RESOLVE)
    targets = RequirementTargets(config.root, pants.cache, default)
    reasons = {
        resolve: reason for resolve in resolves if (reason := resolve.reason_to_generate(targets))
    }
    if not reasons:
        return {}
    tags = _git_tags(config.root, [resolve.lockfile for resolve in reasons])
    return {
        resolve: Generation(reason, inputs)
        for resolve, reason in reasons.items()
        if not _belongs_to_author(resolve, tags) and (inputs := resolve.current_inputs(targets))
    }


def _has_python(resolve: Resolve) -> bool:
    """Whether this machine has the Python of a resolve. If not, print a line that says so.

    Commands that do not need this resolve can then go on.
    """
    from bootstrap.interpreters import find_python

    if resolve.python is None or find_python(resolve.python):
        return True
    print_progress(
        f"Not generating {resolve.lockfile}: its resolve `{resolve.name}` needs CPython "
        f"{resolve.python}, and neither PATH nor pyenv has a working one. To fix, install it, for "
        f"instance with `pyenv install {resolve.python}`."
    )
    return False


def _generate(
    generations: dict[Resolve, Generation], pants: Installation, environment: Mapping[str, str]
) -> None:
    import subprocess

    # The inputs were read before Pants reads them, so that the next run notices later edits.
    for resolve, generation in generations.items():
        print_progress(f"Generating {resolve.lockfile}: {generation.reason}")
    for resolve in generations:
        replace_text(resolve.record, UNFINISHED)
    names = [f"--resolve={resolve.name}" for resolve in generations]
    # This child does not inherit the lock, because it may start the daemon, which would never
    # release it. If a killed run left a request at the daemon, the daemon answers that one first.
    done = subprocess.run(
        [client_program(pants, environment), "generate-lockfiles", *names],
        check=False,
        cwd=str(next(iter(generations)).root),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=2,
    )
    if done.returncode != 0:
        raise _generation_error(list(generations), done.returncode)
    for resolve, generation in generations.items():
        replace_text(resolve.record, generation.inputs)


def _generation_error(resolves: list[Resolve], code: int) -> UserError:
    for resolve in resolves:
        if not resolve.path.exists():
            resolve.record.unlink()
    options = " ".join(f"--resolve={resolve.name}" for resolve in resolves)
    table = facts_table([(resolve.name, resolve.lockfile) for resolve in resolves])
    return UserError(
        f"\nPants could not generate these lockfiles of pants.toml (exit code {code}). "
        "Its output is above.\n\n"
        f"{table}\n\n"
        "To fix, correct the error that Pants reports and run your command again. To repeat only "
        "this step, run\n\n"
        f"  ./pants generate-lockfiles {options}"
    )


def _read_resolves(
    config: PantsToml, pants: Installation, pex: Installation | None
) -> list[Resolve]:
    parsed = config.parsed(pants)
    python = parsed.get("python", {})
    if python.get("enable_resolves") is not True:
        return []
    resolves = python.get("resolves", DEFAULT_RESOLVES)
    if not isinstance(resolves, dict):
        return []
    common = {
        "indexes": parsed.get("python-repos"),
        "interpreter_constraints": python.get("interpreter_constraints"),
        "pants": pants.version,
        "pex": pex and pex.version,
        "pip": python.get("pip_version"),
    }
    found = [
        _read_resolve(name, lockfile, config.root, python, common)
        for name, lockfile in sorted(resolves.items())
        if isinstance(lockfile, str)
    ]
    if parsed.get("GLOBAL", {}).get("build_file_prelude_globs"):
        found = [resolve._replace(has_macros=True) for resolve in found]
    if parsed.get("python-bootstrap") or "PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH" in os.environ:
        found = [resolve._replace(python=None) for resolve in found]
    return found


def _read_resolve(
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
        lockfile=_relative_to_root(lockfile),
        constraints=_relative_to_root(constraints) if isinstance(constraints, str) else None,
        settings=json.dumps([lockfile, own, common], sort_keys=True),
        python=_single_minor(
            own.get("resolves_to_interpreter_constraints") or common["interpreter_constraints"]
        ),
    )


def _single_minor(constraints: object) -> str | None:
    """The minor version of constraints such as `["CPython==3.13.*"]`. `None` for any others."""
    if not isinstance(constraints, list) or len(constraints) != 1:
        return None
    match = re.fullmatch(r"(?:CPython)?\s*==\s*(3\.\d+)\.\*", str(constraints[0]))
    return match.group(1) if match else None


def _relative_to_root(path: str) -> str:
    return os.path.normpath(path.replace("%(buildroot)s/", ""))


def _belongs_to_author(resolve: Resolve, tags: Mapping[str, str] | None) -> bool:
    """Whether this program must not write a lockfile. `tags` are those of `_git_tags`."""
    if tags is None:
        return resolve.path.exists() and resolve.recorded_inputs() is None
    tag = tags.get(resolve.lockfile, "ignored or missing")
    if tag == "?":
        return resolve.recorded_inputs() is None
    return tag != "ignored or missing"


def _git_tags(root: Path, lockfiles: list[str]) -> dict[str, str] | None:
    """The tag that `git ls-files -t` prints for each lockfile, by its path.

    `?` is the tag of files that are not in the index. Files that git ignores have no tag. Deleted
    files that are still in the index have one. `None` outside git.
    """
    import subprocess

    # safe.directory: without it, git refuses to read a checkout of another user.
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


def _changed_names(recorded: str, current: str) -> str:
    """The names of the inputs whose lines differ between two `.inputs` files."""
    lines = set(recorded.splitlines()).symmetric_difference(current.splitlines())
    return ", ".join(sorted({line.partition("  ")[2] for line in lines}))
