"""The goal `tailor` in a repository with handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pants.backend.python.target_types import (
    PythonSourcesGeneratorTarget,
    PythonTestsGeneratorTarget,
)
from pants.backend.python.target_types_rules import rules as python_rules
from pants.core.goals.tailor import TailorGoal
from pants.core.goals.tailor import rules as tailor_rules
from pants.core.target_types import ResourcesGeneratorTarget
from pants.core.util_rules.adhoc_binaries import rules as adhoc_binaries_rules
from pants.engine.internals.parametrize import Parametrize
from pants.testutil.rule_runner import RuleRunner

from aws_lambda import pants_api
from aws_lambda.processes import interpreters, sandbox_program
from aws_lambda.tailor import putative_targets
from aws_lambda.target_types import LambdaFunctionTarget

_RULES: tuple[Callable[[], Iterable[Any]], ...] = (
    adhoc_binaries_rules,
    interpreters.rules,
    pants_api.rules,
    putative_targets.rules,
    python_rules,
    sandbox_program.rules,
    tailor_rules,
)
_HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture(scope="module")
def runner() -> RuleRunner:
    return RuleRunner(
        rules=[each for rules in _RULES for each in rules()],
        target_types=[
            LambdaFunctionTarget,
            PythonSourcesGeneratorTarget,
            PythonTestsGeneratorTarget,
            ResourcesGeneratorTarget,
        ],
        objects={"parametrize": Parametrize},
    )


def run_tailor(runner: RuleRunner, folder: str, *options: str) -> str:
    """Run `tailor` on the folder and those below it, and return what it prints."""
    return runner.run_goal_rule(
        TailorGoal,
        args=[f"{folder}::"],
        global_args=[
            "--source-root-patterns=['/src', '/services/*', '/plugins']",
            "--python-enable-resolves",
            "--python-resolves={'python-default': 'default.lock', 'old': 'old.lock'}",
            f"--pythonpath={runner.build_root}/plugins",
            *options,
        ],
        env_inherit={"HOME", "PATH", "PYENV_ROOT"},
    ).stdout


def test_proposals_can_be_turned_off(runner: RuleRunner) -> None:
    """For all handlers with the option of the backend, or for some with the option of `tailor`."""
    runner.write_files({"src/off/app.py": _HANDLER, "src/off/a.csv": ""})

    assert run_tailor(runner, "src/off", "--no-aws-lambda-tailor") == ""
    assert run_tailor(runner, "src/off", "--tailor-ignore-adding-targets=['src/off:fn']") == ""


def test_handlers_get_targets_once(runner: RuleRunner) -> None:
    """`tailor` writes BUILD files, and a second run has nothing to propose.

    Handlers with a target, in tests and in plugins of Pants get none.
    """
    runner.write_files(
        {
            # Syntax of Python 3.12, which Pants itself cannot parse.
            "src/off/BUILD": 'lambda_function(name="fn", handler="app.py:handler")',
            "src/rates/app.py": "type Event = dict\n\n\ndef lambda_handler(event: Event, context):\n"
            "    return event\n",
            "src/rates/rates.csv": "CHF,1\n",
            "src/rates/README.md": "Rates\n",
            "src/web/api.py": "from mangum import Mangum\nhandler = Mangum(app)\n",
            "src/web/job.py": _HANDLER,
            "src/done/handler.py": _HANDLER,
            "src/done/notes.csv": "a,b\n",
            "src/both/handler.py": _HANDLER,
            "src/old/app.py": _HANDLER,
            "src/old/BUILD": 'python_sources(resolve="old")\n',
            "src/plain/context.py": "import contextlib\n",
            "src/web/checks.py": _HANDLER,
            "src/web/BUILD": 'python_tests(name="checks", sources=["checks.py"])\n',
            "services/a/app.py": _HANDLER,
            "services/b/app.py": _HANDLER,
            "services/b/BUILD": 'lambda_function(name="api", handler="app:handler")\n',
            "elsewhere/BUILD": 'lambda_function(name="done", handler="done.handler.handler")\n'
            'lambda_function(name="both", handler="both.handler:handler", '
            'architecture=parametrize("arm64", "x86_64"))\n',
            "plugins/hello/register.py": _HANDLER,
            "handler.py": _HANDLER,
        }
    )

    assert run_tailor(runner, "") == dedent("""\
        Created services/a/BUILD:
          - Add lambda_function target fn
        Updated src/old/BUILD:
          - Add lambda_function target fn
        Created src/rates/BUILD:
          - Add resources target data
          - Add lambda_function target fn
        Updated src/web/BUILD:
          - Add lambda_function target api
          - Add lambda_function target job
        """)
    assert Path(runner.build_root, "src/rates/BUILD").read_text() == dedent("""\
        resources(
            name="data",
            sources=[
                "rates.csv",
            ],
        )

        lambda_function(
            name="fn",
            handler="app.py:lambda_handler",
            dependencies=[
                ":data",
            ],
        )
        """)
    assert 'resolve="old"' in Path(runner.build_root, "src/old/BUILD").read_text()
    assert run_tailor(runner, "") == ""
