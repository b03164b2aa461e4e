"""The door: which targets and rules Pants gets from this backend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.engine.target import Target

from aws_lambda import (
    assemble,
    carry,
    extra_files,
    gather,
    handler,
    interpreters,
    modules,
    outputs,
    package,
    platforms,
    sandboxed,
    wheels,
)
from aws_lambda.target_types import LambdaFunctionTarget, LambdaLayerTarget


def rules() -> Iterable[Any]:
    return (
        *assemble.rules(),
        *carry.rules(),
        *extra_files.rules(),
        *gather.rules(),
        *handler.rules(),
        *interpreters.rules(),
        *modules.rules(),
        *outputs.rules(),
        *package.rules(),
        *platforms.rules(),
        *sandboxed.rules(),
        *wheels.rules(),
    )


def target_types() -> Iterable[type[Target]]:
    return (LambdaFunctionTarget, LambdaLayerTarget)
