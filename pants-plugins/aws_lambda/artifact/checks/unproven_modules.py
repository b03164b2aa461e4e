"""Modules whose names or imports cannot be determined without running them: L019 and L022."""

from __future__ import annotations

from aws_lambda.artifact.findings import Finding

_INSTALL = "install that version of Python where Pants looks for it (`[python-bootstrap]`)."


def unproven_handler(module: str, doubt: str, *, is_read: bool) -> Finding:
    """L019: a handler's module that may define the handler at run time only.

    `doubt` is the sentence that says why. `is_read` is `False` if the module could not be parsed.
    """
    fix = (
        "define the names explicitly in the module, or accept the finding with `ignore`."
        if is_read
        else _INSTALL
    )
    return Finding("L019", module, doubt, fix)


def unproven_imports(module: str, because: str) -> Finding:
    """L022: a handler's module whose imports are unknown, since no Python could parse the code."""
    return Finding(
        "L022", module, f"The imports of {module} could not be checked: {because}.", _INSTALL
    )
