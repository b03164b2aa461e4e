"""Generates lockfiles that a command needs and that are missing or out of date.

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
from bootstrap.messages import UserError, facts_table, print_progress, timed
from bootstrap.needed_resolves import needed_resolves
from bootstrap.pants_toml import PantsToml
from bootstrap.requirement_targets import RequirementTargets, digest_of

# The defaults of Pants 2.17.1, for repositories that enable resolves and name none.
DEFAULT_RESOLVE = "python-default"
DEFAULT_RESOLVES = {DEFAULT_RESOLVE: "3rdparty/python/default.lock"}

# pip 24.1, which Pants 2.17.1 lets PEX choose for Python 3.12 and newer, needs three times as long
# for a lockfile as pip 26.2.1, which is the newest of PEX 2.100.5. Both choose the same files
# (measured with 42 distributions in November 2026).
NEWEST_PIP = ["--python-pip-version=latest"]

# The oldest Python of that pip. For an older one, PEX would use pip 20.3.4, which downloads files.
NEWEST_PIP_MINOR = 10

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
    newest_pip: bool  # Whether the newest pip that PEX knows can generate the lockfile.
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
    arguments: Sequence[str],
    goals: Sequence[str],
) -> None:
    """Let Pants generate the lockfiles that a command needs and that are out of date.

    `goals` are those of the `arguments`. Lockfiles that belong to their author stay as they are.
    """
    resolves = _read_resolves(config, pants, pex)
    found = _find_generations(resolves, config, pants)
    if not found:
        return
    parsed = config.parsed(pants)
    targets = _requirement_targets(config, pants)
    needed = needed_resolves(arguments, goals, targets, parsed, pants, environment)
    if needed is not None:
        resolves = [resolve for resolve in found if resolve.name in needed]
        if not resolves:
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


def python_of_missing_lockfile(
    config: PantsToml, pants: Installation, pex: Installation
) -> str | None:
    """The Python of the default resolve, such as "3.13", if the newest pip has to lock it.

    `None` if not. Only Pants knows whether a command needs that resolve, but most commands do.
    """
    default = _requirement_targets(config, pants).default_resolve
    for resolve in _find_generations(_read_resolves(config, pants, pex), config, pants):
        if resolve.name == default and resolve.newest_pip:
            return resolve.python
    return None


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
    targets = _requirement_targets(config, pants)
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


def _requirement_targets(config: PantsToml, pants: Installation) -> RequirementTargets:
    default = config.parsed(pants).get("python", {}).get("default_resolve", DEFAULT_RESOLVE)
    return RequirementTargets(config.root, pants.cache, default)


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
    groups = [
        [each for each in generations if each.newest_pip is newest] for newest in (True, False)
    ]
    order = [resolve for group in groups for resolve in group]
    for group in filter(None, groups):
        # The inputs were read before Pants reads them, so that the next run notices later edits.
        for resolve in group:
            replace_text(resolve.record, UNFINISHED)
        names = ", ".join(resolve.lockfile for resolve in group)
        with timed(
            f"Generated {names}",
            *(_progress_line(each, order, generations[each].reason) for each in group),
        ):
            _run_generate_lockfiles(group, pants, environment)
        for resolve in group:
            replace_text(resolve.record, generations[resolve].inputs)


def _progress_line(resolve: Resolve, order: list[Resolve], reason: str) -> str:
    count = f" ({order.index(resolve) + 1} of {len(order)})" if len(order) > 1 else ""
    return f"Generating {resolve.lockfile}{count}: {reason}"


def _run_generate_lockfiles(
    resolves: list[Resolve], pants: Installation, environment: Mapping[str, str]
) -> None:
    import subprocess

    options = NEWEST_PIP if resolves[0].newest_pip else []
    names = [f"--resolve={resolve.name}" for resolve in resolves]
    # This child does not inherit the lock, because it may start the daemon, which would never
    # release it. If a killed run left a request at the daemon, the daemon answers that one first.
    done = subprocess.run(
        [client_program(pants, environment), *options, "generate-lockfiles", *names],
        check=False,
        cwd=str(resolves[0].root),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=2,
    )
    if done.returncode != 0:
        raise _generation_error(resolves, done.returncode)


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
    # The PEX of a user may know no pip that is newer.
    if pex is None or "pip_version" in python or "PANTS_PYTHON_PIP_VERSION" in os.environ:
        found = [resolve._replace(newest_pip=False) for resolve in found]
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
    pythons = own.get("resolves_to_interpreter_constraints") or common["interpreter_constraints"]
    return Resolve(
        name=name,
        root=root,
        lockfile=_relative_to_root(lockfile),
        constraints=_relative_to_root(constraints) if isinstance(constraints, str) else None,
        settings=json.dumps([lockfile, own, common], sort_keys=True),
        python=_single_minor(pythons),
        newest_pip=oldest_minor(pythons) >= NEWEST_PIP_MINOR,
    )


def _single_minor(constraints: object) -> str | None:
    """The minor version of constraints such as `["CPython==3.13.*"]`. `None` for any others."""
    if not isinstance(constraints, list) or len(constraints) != 1:
        return None
    match = re.fullmatch(r"(?:CPython)?\s*==\s*(3\.\d+)\.\*", str(constraints[0]))
    return match.group(1) if match else None


def oldest_minor(constraints: object) -> int:
    """The oldest minor version of constraints such as `[">=3.10,<3.14"]`. 0 if it is not clear."""
    if not isinstance(constraints, list):
        return 0
    found = [re.search(r"(?:==|>=|~=)\s*3\.(\d+)", str(constraint)) for constraint in constraints]
    return min((int(match[1]) if match else 0 for match in found), default=0)


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
