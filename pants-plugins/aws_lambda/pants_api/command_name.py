"""Lets messages call Pants by the name that the user typed, such as `./pants`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.util.docutil import bin_name

from aws_lambda.artifact.commands import look_up_name_by


def rules() -> Iterable[Any]:
    look_up_name_by(bin_name)
    return ()
