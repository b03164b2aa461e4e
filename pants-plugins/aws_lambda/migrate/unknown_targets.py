"""Explains an old target name in a BUILD file if only this backend is active.

Pants' own error lists all known symbols, and does not say which of them replaces the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pants.engine.internals.parser import Parser

from aws_lambda.artifact.commands import pants_command
from aws_lambda.artifact.errors import ConfigurationError, describe
from aws_lambda.migrate.declared_targets import OLD_NAMES

_UNKNOWN = re.compile(
    rf"(?:name '|unrecognized target type )({'|'.join(OLD_NAMES)})\b", re.IGNORECASE
)


class TargetOfAnotherBackend(ConfigurationError):
    """A BUILD file contains a target of Pants' own AWS Lambda backend, which is not active.

    To fix, run `pants lambda-migrate`, which translates these targets to `lambda_function` and
    `lambda_layer`. With `--write`, it changes the files. To use both kinds of targets, add
    `"pants.backend.awslambda.python"` to `backend_packages`.
    """


def explain_old_name(message: str, path: str) -> TargetOfAnotherBackend | None:
    """The error to raise instead of one with this message, about this BUILD file, or `None`."""
    match = _UNKNOWN.search(message)
    if match is None:
        return None
    old = match[1]
    return TargetOfAnotherBackend(
        describe(
            f"`{old}` is a target of Pants' own AWS Lambda backend, which is not active.",
            facts=[path],
            why=f"The target of this backend is `{OLD_NAMES[old].value}`.",
            fix=f"translate the BUILD files. `{pants_command('lambda-migrate')}` prints the "
            f"changes, and `{pants_command('lambda-migrate --write')}` writes them. To use both "
            'backends, add "pants.backend.awslambda.python" to `[GLOBAL].backend_packages`.',
        )
    )


def _explain_old_names() -> None:
    """Replace the errors of Pants' parser about names of its own AWS Lambda backend."""
    parse = Parser.parse
    if parse.__module__ == __name__:
        return

    def parse_or_explain(self: Parser, filepath: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return parse(self, filepath, *args, **kwargs)
        except Exception as error:
            explained = explain_old_name(str(error), filepath)
            if explained is None:
                raise
            raise explained from None

    Parser.parse = parse_or_explain  # type: ignore[method-assign]


def rules() -> Iterable[Any]:
    _explain_old_names()
    return ()
