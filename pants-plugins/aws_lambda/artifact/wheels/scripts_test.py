"""Which scripts wheels have."""

from __future__ import annotations

from textwrap import dedent

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.wheels.scripts import UnknownScript, check_scripts
from aws_lambda.testing.wheels import dist_info, entry, wheel

WHERE = Where("lambda_layer", "src/layers:tools")
DEMO = wheel(
    dist_info(
        entry_points__txt="[console_scripts]\ndemo = demo:main\n[gui_scripts]\nwin = demo:gui"
    ),
    entry("demo-1.0.data/scripts/demo-admin"),
)


def test_scripts_that_wheels_have_pass() -> None:
    """Console scripts, those with windows, and files of a wheel's `scripts` folder."""
    check_scripts(["demo", "win", "demo-admin"], [DEMO], where=WHERE)


def test_all_unknown_scripts_are_told_at_once() -> None:
    """Each with the names near it, and what there is to choose from."""
    with pytest.raises(UnknownScript) as caught:
        check_scripts(["demos", "demo", "zzz"], [DEMO], where=WHERE)

    assert str(caught.value) == dedent("""
        No distribution of the `lambda_layer` target src/layers:tools has these scripts.

          demos  near names: demo
          zzz    no near name
          scripts it has: demo, demo-admin, win

        To fix, correct the field `scripts`.
        """).strip()


def test_an_artifact_without_wheels_has_no_scripts() -> None:
    """The error says so, rather than listing nothing."""
    with pytest.raises(UnknownScript, match=r"\n  scripts it has: none\n"):
        check_scripts(["demo"], [], where=WHERE)
