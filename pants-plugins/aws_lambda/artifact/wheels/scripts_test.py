"""Test which scripts wheels have."""

from __future__ import annotations

from textwrap import dedent

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.wheels.scripts import UnknownScript, check_scripts
from aws_lambda.testing.wheels import demo_wheel, dist_info_files, report_entry

WHERE = Where("lambda_layer", "src/layers:tools")
DEMO = demo_wheel(
    dist_info_files(
        entry_points__txt="[console_scripts]\ndemo = demo:main\n[gui_scripts]\nwin = demo:gui"
    ),
    report_entry("demo-1.0.data/scripts/demo-admin"),
)


def test_scripts_of_wheels_pass() -> None:
    """These are console scripts, GUI scripts, and files in a wheel's `scripts` folder."""
    check_scripts(["demo", "win", "demo-admin"], [DEMO], where=WHERE)


def test_error_lists_all_unknown_scripts() -> None:
    """Each has similar names, and the error lists all available scripts."""
    with pytest.raises(UnknownScript) as caught:
        check_scripts(["demos", "demo", "zzz"], [DEMO], where=WHERE)

    assert str(caught.value) == dedent("""
        No distribution of the `lambda_layer` target src/layers:tools has these scripts.

          demos  similar names: demo
          zzz    no similar name
          available scripts: demo, demo-admin, win

        To fix, correct the field `scripts`.
        """).strip()


def test_artifact_without_wheels_has_no_scripts() -> None:
    """The error says `none` instead of an empty list."""
    with pytest.raises(UnknownScript, match=r"\n  available scripts: none\n"):
        check_scripts(["demo"], [], where=WHERE)
