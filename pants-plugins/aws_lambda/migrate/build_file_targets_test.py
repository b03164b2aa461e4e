"""Texts of targets in BUILD files."""

from __future__ import annotations

from aws_lambda.migrate.build_file_targets import (
    Code,
    ExistingTarget,
    NewTarget,
    add_targets,
    quote,
    render_target,
    targets_in,
)


def test_targets_are_added_at_the_end() -> None:
    """Existing text stays as it is, with one empty line before the new targets."""
    text = "# Sources\npython_sources()\n\n\n"

    assert add_targets(text, [NewTarget("python_requirements", {"name": "reqs"})]) == (
        '# Sources\npython_sources()\n\npython_requirements(name="reqs")\n'
    )
    assert add_targets(None, [NewTarget("python_sources", {})]) == "python_sources()\n"
    assert add_targets(text, []) == text


def test_form_of_targets() -> None:
    """Short targets have one line, and long lists and mappings a line per item."""
    target = NewTarget(
        "lambda_function",
        {
            "name": "fn",
            "handler": "app.py:handler",
            "layers": [f"layers/common_{number}:layer" for number in range(4)],
            "check_env": {"TABLE": 'a "quoted" name', "PATH": "it's\n"},
            "resolve": Code('parametrize("a", "b")'),
        },
    )

    assert render_target(target) == (
        "lambda_function(\n"
        '    name="fn",\n'
        '    handler="app.py:handler",\n'
        "    layers=[\n"
        '        "layers/common_0:layer",\n'
        '        "layers/common_1:layer",\n'
        '        "layers/common_2:layer",\n'
        '        "layers/common_3:layer",\n'
        "    ],\n"
        """    check_env={"TABLE": 'a "quoted" name', "PATH": "it's\\n"},\n"""
        '    resolve=parametrize("a", "b"),\n'
        ")\n"
    )
    assert render_target(NewTarget("python_sources", {"name": "x", "resolve": "a"})) == (
        'python_sources(name="x", resolve="a")\n'
    )


def test_quotes() -> None:
    """Every literal evaluates to its text."""
    for text in ("a", "it's", 'say "x"', """both ' and \"""", "back\\slash", "\n", "é"):
        assert eval(quote(text)) == text


def test_targets_that_exist() -> None:
    """Calls at the top level, with their texts. Other syntax is not readable."""
    assert targets_in('x = 1\nresources(name="data", sources=["*.json"])\n') == (
        ExistingTarget("resources", {"name": "data"}, frozenset({"sources"})),
    )
    assert targets_in("python_sources(") is None
