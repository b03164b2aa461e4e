"""The summary of the goal `package`: all errors, shared findings, and files that stop builds."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent
from typing import cast

import pytest
from pants.engine.internals.scheduler import ExecutionError

from aws_lambda.artifact.symlinks import LinkNotFollowed
from aws_lambda.output.package_summary import TargetsFailed
from aws_lambda.testing.app_files import HANDLER_SOURCE
from aws_lambda.testing.repository import TrialRepository


def function(name: str, more: str = "") -> str:
    return f'lambda_function(name="{name}", handler="{name}.py:handler"{more})\n'


def failure(repository: TrialRepository, *addresses: str) -> Exception:
    """The exception of the goal."""
    with pytest.raises(ExecutionError) as failed:
        repository.run_package_goal(*addresses)
    repository.wait_until_idle()
    (fault,) = cast(Sequence[Exception], failed.value.wrapped_exceptions)
    return fault


def test_every_failing_target_is_reported(repository: TrialRepository) -> None:
    """One run reports each error once. A single error is reported as Pants does."""
    targets = f'python_sources()\n{function("a")}{function("b")}{function("good")}'
    repository.write({"src/BUILD": targets, "src/good.py": HANDLER_SOURCE})

    fault = failure(repository, "src:a", "src:b", "src:good")

    assert isinstance(fault, TargetsFailed)
    assert str(fault) == dedent("""
        2 of 3 targets cannot be packaged.

        HandlerFileNotFound: The handler's file of the `lambda_function` target src:a does not exist.

          handler     a.py:handler
          looked for  src/a.py
          near it     good.py

        To fix, correct the `handler` field; its file is relative to the BUILD file.

        HandlerFileNotFound: The handler's file of the `lambda_function` target src:b does not exist.

          handler     b.py:handler
          looked for  src/b.py
          near it     good.py

        To fix, correct the `handler` field; its file is relative to the BUILD file.
        """).strip()
    assert type(failure(repository, "src:a", "src:good")).__name__ == "HandlerFileNotFound"


def test_finding_about_the_runtime_is_printed_once(
    repository: TrialRepository, caplog: pytest.LogCaptureFixture
) -> None:
    """The line lists the targets that have it (L014)."""
    repository.write(
        {
            "src/BUILD": "python_sources()\n" + "".join(map(function, ("a", "b"))),
            "src/a.py": HANDLER_SOURCE,
            "src/b.py": HANDLER_SOURCE,
        }
    )
    caplog.set_level("INFO")
    more = ["--python-interpreter-constraints=['CPython==3.9.*']"]
    repository.run_package_goal("src:a", "src:b", options=more)

    told = [record.message for record in caplog.records if "L014" in record.message]
    assert told == [
        "L014 warning: AWS ended support for python3.9 on 2025-12-15 (as of 2026-11-29). "
        "To fix, set a newer `runtime`. (pants lambda-explain -- L014)\n    2 targets: src:a, src:b"
    ]


def test_source_in_another_encoding(repository: TrialRepository) -> None:
    """Its imports are found, and its bytes do not change."""
    latin = '# -*- coding: latin-1 -*-\nimport more\nNAME = "caf\u00e9"\n'.encode("latin-1")
    repository.write(
        {
            "src/BUILD": f'python_sources()\n{function("a")}',
            "src/a.py": f"import helper\n{HANDLER_SOURCE}",
            "src/helper.py": latin,
            "src/more.py": "",
        }
    )
    built = repository.package("a")

    assert built.code == ["a.py", "helper.py", "lambda_function.py", "more.py"]
    assert built.zip.read("helper.py") == latin


def test_absolute_symbolic_link(repository: TrialRepository) -> None:
    """It stops every goal, and the error contains a command to type."""
    repository.write(
        {"src/BUILD": f'python_sources()\n{function("a")}', "src/a.py": HANDLER_SOURCE}
    )
    (repository.root / "src/link.py").symlink_to("/etc/hostname")

    fault = failure(repository, "src:a")

    assert isinstance(fault, LinkNotFollowed)
    assert str(fault).startswith("Pants cannot follow the symbolic link src/link.py.")
