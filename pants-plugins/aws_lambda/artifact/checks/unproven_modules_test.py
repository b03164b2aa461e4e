"""Tests of L019 and L022: modules that cannot be checked completely."""

from __future__ import annotations

from aws_lambda.artifact.checks.unproven_modules import unproven_handler, unproven_imports
from aws_lambda.artifact.findings import Finding


def test_handler_that_may_be_defined_at_run_time() -> None:
    """The sentence is the reason that reading the module gave."""
    doubt = "acme.api binds names dynamically."

    assert unproven_handler("acme.api", doubt, is_read=True) == Finding(
        "L019",
        "acme.api",
        doubt,
        "define the names explicitly in the module, or accept the finding with `ignore`.",
    )


def test_module_that_no_python_can_parse() -> None:
    """The fix is the same for the handler and for its imports: install the interpreter."""
    install = "install that version of Python where Pants looks for it (`[python-bootstrap]`)."
    because = "no CPython 3.14 was found"

    assert unproven_handler("acme.api", "…", is_read=False).fix == install
    assert unproven_imports("acme.api", because) == Finding(
        "L022",
        "acme.api",
        "The imports of acme.api could not be checked: no CPython 3.14 was found.",
        install,
    )
