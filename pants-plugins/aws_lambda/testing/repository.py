"""A small repository in which tests package targets with real wheels, PEX and lockfiles."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from pants.backend.python import register as python_backend
from pants.backend.python import target_types_rules
from pants.backend.python.dependency_inference import rules as dependency_inference
from pants.backend.python.goals import package_dists
from pants.backend.python.goals.pytest_runner import PytestPluginSetup
from pants.backend.python.macros import (
    pipenv_requirements,
    poetry_requirements,
    python_requirements,
)
from pants.backend.python.macros.python_artifact import PythonArtifact
from pants.backend.python.util_rules import (
    ancestor_files,
    local_dists,
    pex,
    pex_from_targets,
    python_sources,
)
from pants.base.build_root import BuildRoot
from pants.core.goals.check import CheckResults
from pants.core.goals.package import BuiltPackage, Package
from pants.core.goals.package import rules as package_rules
from pants.core.goals.run import RunRequest
from pants.core.register import rules as core_rules
from pants.core.register import target_types as core_target_types
from pants.engine.addresses import Address, Addresses
from pants.engine.fs import Digest, DigestContents
from pants.engine.goal import Goal
from pants.engine.internals.parametrize import Parametrize
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.target import Dependencies, DependenciesRequest, Target
from pants.testutil.rule_runner import RuleRunner
from pants.util.logging import LogLevel

from aws_lambda import register
from aws_lambda.artifact.platforms.platform import CompletePlatform
from aws_lambda.inputs.dependency_walk import Closure, ClosureRequest
from aws_lambda.local.check import LambdaCheckFieldSet, LambdaCheckRequest
from aws_lambda.local.check_templates import LambdaTemplatesRequest
from aws_lambda.local.pytest_fixture import LambdaFixtureRequest
from aws_lambda.local.run import LambdaRunFieldSet
from aws_lambda.local.runnable import RunnableFunction, RunnableRequest
from aws_lambda.output.package_summary import LambdaArtifact
from aws_lambda.package import LambdaFunctionFieldSet, LambdaLayerFieldSet
from aws_lambda.pants_api import QueryRule
from aws_lambda.processes.interpreters import Interpreters
from aws_lambda.testing.pex_lockfile import create_lock
from aws_lambda.third_party.wheels import InspectRequest

_INHERITED = {
    "HOME",
    "PATH",
    "PYENV_ROOT",
    "PANTS_PEX_CLI_VERSION",
    "PANTS_PEX_CLI_URL_TEMPLATE",
    "PANTS_PEX_CLI_KNOWN_VERSIONS",
    "PANTS_CA_CERTS_PATH",
    "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS",
}
_MOST_SECONDS = 60
# A fixed time makes wheels equal in every test, so that PEX and Pants reuse their results.
_WRITTEN = (2026, 1, 1, 0, 0, 0)
_PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
_FLAGS = (
    "--python-enable-resolves",
    "--python-resolves={'default': 'default.lock'}",
    "--python-default-resolve=default",
    f"--python-interpreter-versions-universe={list(_PYTHONS)}",
    "--source-root-patterns=['/src', '/lib']",
)
# These are no flags, because flags would override the values that tests set.
_VARIABLES = {
    "PANTS_PYTHON_INTERPRETER_CONSTRAINTS": "['CPython==3.13.*']",
    # As the README sets it. The parser in Python starts a process for each source file, and PEX to
    # find an interpreter for it.
    "PANTS_PYTHON_INFER_USE_RUST_PARSER": "true",
    # Most tests look at other files. Bytecode has its own tests.
    "PANTS_AWS_LAMBDA_BYTECODE": "none",
}
# The rules of Pants' backend for Python that builds of functions use. With those of its goals, such
# as `export`, and of `pex_binary`, Pants starts 8 s later.
_PYTHON_RULES = (
    ancestor_files,
    dependency_inference,
    local_dists,
    package_dists,
    pex,
    pex_from_targets,
    pipenv_requirements,
    poetry_requirements,
    python_requirements,
    python_sources,
    target_types_rules,
)


@dataclass(frozen=True)
class BuiltArtifact:
    """A packaged artifact: its files as written, its metadata, and what `package` prints."""

    files: Mapping[str, bytes]
    lines: tuple[str, ...]

    output: str

    @property
    def zip(self) -> zipfile.ZipFile:
        return self.zip_at(self.output)

    def zip_at(self, path: str) -> zipfile.ZipFile:
        """Return another zip of the build, such as that of a layer."""
        return zipfile.ZipFile(BytesIO(self.files[path]))

    @property
    def code(self) -> list[str]:
        """The paths in the zip, except those in `*.dist-info`."""
        return [path for path in self.zip.namelist() if ".dist-info/" not in path]

    @property
    def findings(self) -> list[str]:
        """The lines about findings that `package` prints."""
        return [line.strip() for line in self.lines if line.startswith("    L0")]

    @property
    def metadata(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.files[f"{self.output}.metadata.json"]))

    def read(self, path: str) -> str:
        return self.zip.read(path).decode()


class TrialRepository:
    """A repository whose files tests write and whose targets they package.

    Creating one takes seconds, so tests share it and call `reset`.
    """

    def __init__(
        self, *, more_rules: Iterable[Any] = (), more_targets: Iterable[type[Target]] = ()
    ) -> None:
        """`more_rules` and `more_targets` are those of another backend."""
        self.runner = RuleRunner(
            rules=[
                *more_rules,
                *core_rules(),
                *package_rules(),
                *(rule for each in _PYTHON_RULES for rule in each.rules()),
                *register.rules(),
                *more_rules,
                QueryRule(BuiltPackage, [LambdaFunctionFieldSet]),
                QueryRule(BuiltPackage, [LambdaLayerFieldSet]),
                QueryRule(Addresses, [DependenciesRequest]),
                QueryRule(Closure, [ClosureRequest]),
                QueryRule(CompletePlatform, [InspectRequest]),
                QueryRule(Interpreters, []),
                QueryRule(CheckResults, [LambdaCheckRequest]),
                QueryRule(CheckResults, [LambdaTemplatesRequest]),
                QueryRule(PytestPluginSetup, [LambdaFixtureRequest]),
                QueryRule(RunnableFunction, [RunnableRequest]),
                QueryRule(RunRequest, [LambdaRunFieldSet]),
            ],
            target_types=[
                *core_target_types(),
                *python_backend.target_types(),
                *register.target_types(),
                *more_targets,
            ],
            objects={"parametrize": Parametrize, "python_artifact": PythonArtifact},
        )
        self.set_options()

    @property
    def root(self) -> Path:
        return Path(self.runner.build_root)

    def reset(self) -> None:
        """Delete all files, and restore the options."""
        self.wait_until_idle()
        # Every `RuleRunner` of the process sets this when it is created.
        BuildRoot().path = self.runner.build_root
        for path in self.root.iterdir():
            if path.name in ("src", "lib", "3rdparty", "wheels"):
                shutil.rmtree(path)
            elif path.suffix == ".lock":
                path.unlink()
        self.runner.scheduler.invalidate_all_files()
        self.set_options()

    def wait_until_idle(self) -> None:
        """Wait until work that a failed request started has ended.

        The next request would otherwise join it, and get results from the files and options of
        before. The engine reports when work starts and ends, but not when it is canceled.
        Therefore, this waits until the engine has reported nothing for a while.
        """
        until, silent = time.monotonic() + _MOST_SECONDS, 0
        while silent < 5:
            assert time.monotonic() < until, "work of a failed request does not end"
            time.sleep(0.01)
            polled = self.runner.scheduler.poll_workunits(LogLevel.DEBUG)
            silent = 0 if polled["started"] or polled["completed"] else silent + 1

    def set_options(self, *options: str) -> None:
        self.runner.set_options([*_FLAGS, *options], env=_VARIABLES, env_inherit=_INHERITED)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        self.runner.write_files({Path(path): content for path, content in files.items()})

    def add_wheel(
        self,
        project: str,
        files: Mapping[str, str | bytes],
        *,
        requires: str = "",
        tag: str = "py3-none-any",
    ) -> None:
        """Add a wheel of the project `name==version` to the folder that `lock` reads.

        By default, the wheel is for any platform.
        """
        name, _, version = project.partition("==")
        info = f"{name}-{version}.dist-info"
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        content: dict[str, str | bytes] = {
            **files,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = "".join(
            f"{path},sha256={_record_hash(data)},{len(data)}\n"
            for path, each in content.items()
            for data in [each if isinstance(each, bytes) else each.encode()]
        )
        wheels = self.root / "wheels"
        wheels.mkdir(exist_ok=True)
        with zipfile.ZipFile(
            wheels / f"{name}-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED
        ) as wheel:
            for path, text in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
                entry = zipfile.ZipInfo(path, _WRITTEN)
                entry.external_attr = 0o600 << 16
                wheel.writestr(entry, text, zipfile.ZIP_DEFLATED)

    def replace_with_sdist(self, project: str, files: Mapping[str, str], *, tag: str) -> None:
        """Replace the wheel in the lockfile with an sdist that builds a wheel with this tag."""
        name, _, version = project.partition("==")
        wheel = f"{name}-{version}-{tag}.whl"
        info = f"{name}-{version}.dist-info"
        content = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
            f"{info}/RECORD": "",
            **files,
        }
        backend = (
            "import os, zipfile\n"
            "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
            f"    with zipfile.ZipFile(os.path.join(folder, {wheel!r}), 'w') as wheel:\n"
            f"        for path, text in {content!r}.items():\n"
            "            wheel.writestr(path, text)\n"
            f"    return {wheel!r}\n"
        )
        members = {
            "PKG-INFO": content[f"{info}/METADATA"],
            "backend.py": backend,
            "pyproject.toml": "[build-system]\nrequires = []\n"
            'build-backend = "backend"\nbackend-path = ["."]\n',
        }
        path = self.root / "wheels" / f"{name}-{version}.tar.gz"
        path.write_bytes(pack_sdist(project, members))
        self.replace_locked_file(name, path.as_uri(), path.read_bytes())

    def replace_locked_file(self, name: str, url: str, content: bytes) -> None:
        """Replace the files of a project in the lockfile with one at this URL."""
        lock = json.loads((self.root / "default.lock").read_text())
        for locked in lock["locked_resolves"][0]["locked_requirements"]:
            if locked["project_name"] == name:
                digest = hashlib.sha256(content).hexdigest()
                locked["artifacts"] = [{"algorithm": "sha256", "hash": digest, "url": url}]
        self.write({"default.lock": json.dumps(lock)})

    def lock(self, *requirements: str, resolve: str = "default", index: bool = False) -> None:
        """Lock these requirements from the wheels that were added, and declare them as targets.

        With `index`, PEX also uses the package index, which it needs to build sdists.
        """
        lockfile = self.root / f"{resolve}.lock"
        if index:
            lock_with_pex(self.root / "wheels", lockfile, *requirements, index=True)
        else:
            wheels = (self.root / "wheels").glob("*.whl")
            version = os.environ["PANTS_PEX_CLI_VERSION"].lstrip("v")
            lock = create_lock(requirements, wheels, version)
            lockfile.write_text(json.dumps(lock, indent=2, sort_keys=True))
        targets = (
            f"python_requirement(name={name!r}, requirements=[{r!r}], resolve={resolve!r})\n"
            for r in requirements
            for name in [re.split("==| @ ", r)[0]]
        )
        self.write({f"3rdparty/{resolve}/BUILD": "".join(targets)})

    def package(self, name: str, folder: str = "src", **parameters: str) -> BuiltArtifact:
        """Package the target `folder:name`."""
        target = self.target(name, folder, **parameters)
        is_function = LambdaFunctionFieldSet.is_applicable(target)
        field_set = (LambdaFunctionFieldSet if is_function else LambdaLayerFieldSet).create(target)
        package = self.runner.request(BuiltPackage, [field_set])
        contents = self.runner.request(DigestContents, [package.digest])
        (artifact,) = package.artifacts
        assert isinstance(artifact, LambdaArtifact)
        return BuiltArtifact(
            {each.path: each.content for each in contents},
            (*artifact.extra_log_lines, *(f"    {line}" for line in artifact.shared)),
            str(artifact.relpath),
        )

    def run_package_goal(self, *addresses: str, options: Sequence[str] = ()) -> None:
        """Run the goal `package` itself, which writes to `dist/` and logs."""
        self.runner.run_goal_rule(
            Package,
            args=addresses,
            global_args=[*_FLAGS, *options],
            env=_VARIABLES,
            env_inherit=_INHERITED,
        )

    def run_goal(self, goal: type[Goal], *args: str, options: Sequence[str] = ()) -> str:
        """Run a goal with its own options and addresses, and return what it prints."""
        return self.runner.run_goal_rule(
            goal,
            args=args,
            global_args=[*_FLAGS, *options],
            env=_VARIABLES,
            env_inherit=_INHERITED,
        ).stdout

    def runnable(self, name: str, folder: str = "src", **parameters: str) -> RunnableFunction:
        """Build the function `folder:name` in the form that this machine can run."""
        field_set = LambdaFunctionFieldSet.create(self.target(name, folder, **parameters))
        return self.runner.request(RunnableFunction, [RunnableRequest(field_set)])

    def check(self, name: str, folder: str = "src") -> tuple[int, str]:
        """Return the exit code and the output of `check` for a function."""
        (result,) = self.check_results(name, folder).results
        return result.exit_code, result.stdout + result.stderr

    def check_results(self, name: str, folder: str = "src") -> CheckResults:
        field_set = LambdaCheckFieldSet.create(self.target(name, folder))
        return self.runner.request(CheckResults, [LambdaCheckRequest([field_set])])

    def read_digest(self, digest: Digest) -> dict[str, bytes]:
        """Return the contents of the files in a digest, by path."""
        contents = self.runner.request(DigestContents, [digest])
        return {each.path: each.content for each in contents}

    def package_error(self, name: str, folder: str = "src", **parameters: str) -> str:
        """Return the class and the message of the error with which packaging the target fails."""
        with pytest.raises(ExecutionError) as failed:
            self.package(name, folder, **parameters)
        self.wait_until_idle()
        (fault,) = cast(Sequence[Exception], failed.value.wrapped_exceptions)
        return f"{type(fault).__name__}: {fault}"

    def dependencies(self, name: str, folder: str = "src") -> list[str]:
        request = DependenciesRequest(self.target(name, folder)[Dependencies])
        return sorted(each.spec for each in self.runner.request(Addresses, [request]))

    def closure(self, name: str, folder: str = "src") -> Closure:
        """Return the closure of the target `folder:name`, including third-party code."""
        return self.runner.request(Closure, [ClosureRequest(self.target(name, folder))])

    def target(self, name: str, folder: str = "src", **parameters: str) -> Target:
        return self.runner.get_target(
            Address(folder, target_name=name, parameters=parameters or None)
        )


def lock_with_pex(wheels: Path, lockfile: Path, *requirements: str, index: bool = False) -> None:
    """Let PEX lock these requirements from a folder with wheels, which takes seconds."""
    subprocess.run(
        [
            *(sys.executable, str(pex_tool()), "lock", "create"),
            *("--style", "universal", "--target-system", "linux"),
            *("--interpreter-constraint", "CPython>=3.9,<3.15"),
            # PEX's own pip, 20.3.4, needs three times as long to read pages of the index.
            *(["--pypi", "--pip-version", "24.2"] if index else ["--no-pypi"]),
            *("--find-links", str(wheels)),
            *("--indent", "2", "--output", str(lockfile)),
            *requirements,
        ],
        env={**os.environ, "PEX_SCRIPT": "pex3"},
        check=True,
    )


def pex_tool() -> Path:
    """Return the path of the PEX that `./pants` built from the package index."""
    return Path(os.environ["PANTS_PEX_CLI_URL_TEMPLATE"][len("file://") :])


def pack_sdist(project: str, members: Mapping[str, str]) -> bytes:
    """Return an sdist of the project `name==version` with these files."""
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as sdist:
        for path, text in members.items():
            member = tarfile.TarInfo(f"{project.replace('==', '-')}/{path}")
            member.size = len(text.encode())
            sdist.addfile(member, BytesIO(text.encode()))
    return content.getvalue()


def _record_hash(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
