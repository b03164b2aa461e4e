"""A repository in the shape of those that use Pants' own backend, before and after."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest
from pants.backend.awslambda.python import register as pants_backend
from pants.backend.awslambda.python.rules import PythonAwsLambdaFieldSet
from pants.core.goals.package import BuiltPackage
from pants.core.goals.run import RunRequest
from pants.engine.addresses import Address
from pants.engine.internals.scheduler import ExecutionError

from aws_lambda.local.run import LambdaRunFieldSet
from aws_lambda.migrate.lambda_migrate import LambdaMigrate
from aws_lambda.pants_api import QueryRule
from aws_lambda.testing.repository import TrialRepository

_HANDLER = """\
import {modules}

def handler(event, context):
    return [{names}]
"""
_BUILD_FILES = {
    "src/layers/BUILD": """\
# Requirements of all functions. Keep in step with their imports.
python_aws_lambda_layer(
    name="requirements",
    runtime="python3.13",
    include_sources=False,
    dependencies=[
        # HTTP
        "//3rdparty/default:httpc",
        # Data
        "//3rdparty/default:tables",
        "//3rdparty/default:plugin",  # loaded by name
    ],
    pex3_venv_create_extra_args=["--collisions-ok"],
)
""",
    "src/orders/BUILD": """\
python_sources()

python_aws_lambda_function(
    name="create",
    handler="create.py:handler",
    runtime="python3.13",
    include_requirements=False,  # see src/layers
    layout="flat-zipped",
)

# Started by a queue.
python_aws_lambda_function(
    name="ship",
    handler="ship.py:handler",
    runtime="python3.13",
    include_requirements=False,
    output_path="orders/ship.zip",
)
""",
    "src/billing/BUILD": """\
__defaults__({python_awslambda: dict(runtime="python3.13")})

python_sources()

[
    python_awslambda(name=each, handler=f"{each}.py:handler", layout="flat-zipped")
    for each in ("invoice", "refund")
]
""",
    "src/reports/BUILD": """\
python_sources()

python_aws_lambda_function(
    name="fn",
    handler="report.py:handler",
    runtime="python3.13",
    include_requirements=False,
)

python_aws_lambda_layer(
    name="deps",
    runtime="python3.13",
    include_sources=False,
    dependencies=[":fn"],
)
""",
}
_MODULES = {
    "src/orders/create.py": "httpc",
    "src/orders/ship.py": "httpc, tables",
    "src/billing/invoice.py": "tables",
    "src/billing/refund.py": "httpc",
    "src/reports/report.py": "tables",
}


@pytest.fixture(scope="module")
def shared() -> TrialRepository:
    return TrialRepository(
        more_rules=[
            *pants_backend.rules(),  # type: ignore[no-untyped-call]
            QueryRule(BuiltPackage, [PythonAwsLambdaFieldSet]),
        ],
        more_targets=pants_backend.target_types(),  # type: ignore[no-untyped-call]
    )


@pytest.fixture
def both(shared: TrialRepository) -> TrialRepository:
    """An empty repository in which both backends are active."""
    shared.reset()
    return shared


def _write_repository(repository: TrialRepository) -> None:
    for name in ("httpc", "tables", "plugin"):
        repository.add_wheel(f"{name}==1.0", {f"{name}.py": f"NAME = '{name}'\n"})
    repository.lock("httpc==1.0", "tables==1.0", "plugin==1.0")
    repository.write(_BUILD_FILES)
    for path, modules in _MODULES.items():
        names = ", ".join(f"{each}.NAME" for each in modules.split(", "))
        repository.write({path: _HANDLER.format(modules=modules, names=names)})


def _migrate(repository: TrialRepository, *arguments: str, options: Sequence[str] = ()) -> str:
    said = repository.runner.run_goal_rule(LambdaMigrate, args=arguments).stdout
    # The goal ran with other options.
    repository.set_options(*options)
    return said


def _run(repository: TrialRepository, name: str, folder: str, chroot: Path) -> str:
    field_set = LambdaRunFieldSet.create(repository.target(name, folder))
    request = repository.runner.request(RunRequest, [field_set])
    for path, content in repository.read_digest(request.digest).items():
        (chroot / path).parent.mkdir(parents=True, exist_ok=True)
        (chroot / path).write_bytes(content)
    (chroot / ".cache").mkdir(exist_ok=True)
    ran = subprocess.run(
        [each.replace("{chroot}", str(chroot)) for each in request.args],
        env={
            **os.environ,
            **{k: v.replace("{chroot}", str(chroot)) for k, v in request.extra_env.items()},
        },
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def _lines(texts: Iterable[str]) -> int:
    """The lines of code, without comments and empty lines."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


def test_a_migrated_repository_packages_and_runs(
    repository: TrialRepository, tmp_path: Path
) -> None:
    """Without an edit by hand. A second run of the command changes nothing."""
    _write_repository(repository)

    said = _migrate(repository, "--write")
    after = {path: (repository.root / path).read_text() for path in _BUILD_FILES}

    assert said.endswith("\n\nChanged 4 files.\n")
    assert not [path for path, text in after.items() if "lambda-migrate:" in text]
    assert _migrate(repository, "--write") == "There is nothing to change.\n"
    assert (_lines(_BUILD_FILES.values()), _lines(after.values())) == (45, 45)
    create = repository.package("create", "src/orders")
    assert create.code == ["lambda_function.py", "orders/create.py"]
    layer = repository.package("requirements", "src/layers")
    assert layer.code == ["python/httpc.py", "python/plugin.py", "python/tables.py"]
    assert repository.package("ship", "src/orders").output == "orders/ship.zip"
    assert repository.package("fn", "src/reports").code == [
        "lambda_function.py",
        "reports/report.py",
    ]
    assert repository.package("deps", "src/reports").code == ["python/tables.py"]
    assert repository.package("invoice", "src/billing").code == [
        "billing/invoice.py",
        "lambda_function.py",
        "tables.py",
    ]
    assert _run(repository, "ship", "src/orders", tmp_path / "ship") == '["httpc", "tables"]'
    assert _run(repository, "fn", "src/reports", tmp_path / "fn") == '["tables"]'
    assert _run(repository, "refund", "src/billing", tmp_path / "refund") == '["httpc"]'


def test_both_backends_package_next_to_each_other(both: TrialRepository) -> None:
    """A migration can go file by file. Files that were not named stay."""
    fields = 'handler="fn.py:handler", runtime="python3.13"'
    for name in ("old", "new"):
        both.write(
            {
                f"src/{name}/fn.py": "def handler(event, context):\n    return event\n",
                f"src/{name}/BUILD": f'python_sources()\npython_awslambda(name="fn", {fields})\n',
            }
        )

    both.add_wheel("httpc==1.0", {"httpc.py": ""})
    both.lock("httpc==1.0")

    said = _migrate(both, "--write", "src/new/BUILD", options=["--lambdex-layout=zip"])
    old = both.runner.get_target(Address("src/old", target_name="fn"))
    built = both.runner.request(BuiltPackage, [PythonAwsLambdaFieldSet.create(old)])

    assert said.endswith("\n\nChanged 1 file.\n")
    assert old.alias == "python_awslambda"
    assert [each.relpath for each in built.artifacts] == ["src.old/fn.zip"]
    assert both.package("fn", "src/new").output == "src.new/fn.zip"


def test_one_output_of_both_backends_is_refused(both: TrialRepository) -> None:
    """Both kinds of targets have the field `output_path`."""
    fields = 'handler="fn.py:handler", runtime="python3.13", output_path="fn.zip"'
    both.write(
        {
            "src/app/fn.py": "def handler(event, context):\n    return event\n",
            "src/app/BUILD": "python_sources()\n"
            f'python_awslambda(name="old", {fields})\nlambda_function(name="new", {fields})\n',
        }
    )

    assert both.package_error("new", "src/app") == (
        "CollidingOutputs: Targets would overwrite each other's output under `dist`.\n\n"
        "  fn.zip  lambda_function   src/app:new\n"
        "  fn.zip  python_awslambda  src/app:old\n\n"
        'To fix, give each of them an `output_path` of its own, such as "api/function.zip".'
    )


def _compare(repository: TrialRepository, old: str, new: str) -> str:
    return repository.run_goal(
        LambdaMigrate, "--compare", old, new, options=["--lambdex-layout=zip"]
    )


def test_differences_of_two_backends(both: TrialRepository) -> None:
    """Each file of the old zip is in the new one, or the page says why it is not."""
    both.add_wheel("inlayer==1.0", {"inlayer/__init__.py": "", "inlayer/code.py": "A = 1\n"})
    both.add_wheel("carried==2.0", {"carried.py": "B = 2\n"})
    both.add_wheel("unused==3.0", {"unused.py": "C = 3\n"})
    both.lock("inlayer==1.0", "carried==2.0", "unused==3.0")
    both.write(
        {
            "src/app.py": "import carried\nimport inlayer\nimport shared\n\n\n"
            "def handler(event, context):\n    return event\n",
            "src/shared.py": "D = 4\n",
            "src/extra.py": "E = 5\n",
            "src/BUILD": dedent("""\
                python_sources()
                python_awslambda(
                    name="old",
                    handler="app.py:handler",
                    runtime="python3.13",
                    dependencies=["./extra.py", "3rdparty/default:unused"],
                )
                lambda_function(name="fn", handler="app.py:handler", layers=[":layer"])
                lambda_layer(
                    name="layer", dependencies=["./shared.py", "3rdparty/default:inlayer"]
                )
                """),
        }
    )

    page = _compare(both, "src:old", "src:fn")

    without_sizes = re.sub(r",? +[\d.]+ K?i?B\b", "", page)
    assert re.sub(r"(?<=\S)  +", "  ", without_sizes) == dedent("""\
        src:old  17 files
        src:fn  6 files

        Only in src:old: 11 files
          The layer src:layer contains it.
            inlayer 1.0  5 files
            your own code  1 file  shared.py
          The new target neither imports nor requires it.
            unused 3.0  4 files
            your own code  1 file  extra.py

        Different in both: 2 files
          Metadata that installers add, each in its own way.
            carried 2.0  1 file  carried-2.0.dist-info/RECORD
          The entry point, which each tool writes itself.
            your own code  1 file  lambda_function.py

        Equal in both: 4 files.
        """)


def test_the_second_target_is_one_of_this_backend(both: TrialRepository) -> None:
    """Other backends do not know why a file is in their artifacts."""
    fields = 'handler="app.py:handler", runtime="python3.13"'
    both.write(
        {
            "src/BUILD": f'python_awslambda(name="old", {fields})\n'
            f'lambda_function(name="fn", {fields})\n'
        }
    )

    with pytest.raises(ExecutionError) as failed:
        _compare(both, "src:fn", "src:old")

    assert [str(each) for each in failed.value.wrapped_exceptions] == [
        "The second target, src:old, is a `python_awslambda`. Only targets of this backend know "
        "why they contain a file.\n\n"
        "To fix, name the old target, and then the `lambda_function`: `pants lambda-migrate "
        "--compare src/api:old src/api:fn`."
    ]
