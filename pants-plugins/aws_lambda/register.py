"""The door: which targets and rules Pants gets from this backend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.engine.target import Target

from aws_lambda import (
    assemble,
    bytecode,
    carry,
    compile,
    extra_files,
    follow,
    gather,
    handler,
    imports,
    install,
    interning,
    interpreters,
    layers,
    modules,
    native,
    needs,
    outputs,
    owners,
    package,
    platforms,
    runnable,
    sandboxed,
    sbom,
    tools,
    verify,
    wheels,
    whole,
)
from aws_lambda.target_types import LambdaFunctionTarget, LambdaLayerTarget


def rules() -> Iterable[Any]:
    return (
        *assemble.rules(),
        *bytecode.rules(),
        *carry.rules(),
        *compile.rules(),
        *extra_files.rules(),
        *follow.rules(),
        *gather.rules(),
        *handler.rules(),
        *imports.rules(),
        *install.rules(),
        *interning.rules(),
        *interpreters.rules(),
        *layers.rules(),
        *modules.rules(),
        *native.rules(),
        *needs.rules(),
        *outputs.rules(),
        *owners.rules(),
        *package.rules(),
        *platforms.rules(),
        *runnable.rules(),
        *sandboxed.rules(),
        *sbom.rules(),
        *tools.rules(),
        *verify.rules(),
        *wheels.rules(),
        *whole.rules(),
    )


def target_types() -> Iterable[type[Target]]:
    return (LambdaFunctionTarget, LambdaLayerTarget)
