"""The door: which targets and rules Pants gets from this backend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pants.engine.target import Target

from aws_lambda import (
    ahead,
    assemble,
    bytecode,
    carry,
    check,
    compile,
    emulate,
    extra_files,
    fixture,
    follow,
    gather,
    handler,
    hints,
    imports,
    install,
    interning,
    interpreters,
    layers,
    lost,
    memory,
    modules,
    native,
    needs,
    outputs,
    owners,
    package,
    pants_api,
    platforms,
    plugins,
    run,
    runnable,
    sandboxed,
    sbom,
    serve,
    summary,
    tools,
    variants,
    verify_imports,
    wheels,
    whereabouts,
    whole,
)
from aws_lambda.target_types import LambdaFunctionTarget, LambdaLayerTarget


def rules() -> Iterable[Any]:
    return (
        *ahead.rules(),
        *assemble.rules(),
        *bytecode.rules(),
        *carry.rules(),
        *check.rules(),
        *compile.rules(),
        *emulate.rules(),
        *extra_files.rules(),
        *fixture.rules(),
        *follow.rules(),
        *gather.rules(),
        *handler.rules(),
        *hints.rules(),
        *imports.rules(),
        *install.rules(),
        *interning.rules(),
        *interpreters.rules(),
        *layers.rules(),
        *lost.rules(),
        *memory.rules(),
        *modules.rules(),
        *native.rules(),
        *needs.rules(),
        *outputs.rules(),
        *owners.rules(),
        *package.rules(),
        *pants_api.rules(),
        *platforms.rules(),
        *plugins.rules(),
        *run.rules(),
        *runnable.rules(),
        *sandboxed.rules(),
        *sbom.rules(),
        *serve.rules(),
        *summary.rules(),
        *tools.rules(),
        *variants.rules(),
        *verify_imports.rules(),
        *wheels.rules(),
        *whereabouts.rules(),
        *whole.rules(),
    )


def target_types() -> Iterable[type[Target]]:
    return (LambdaFunctionTarget, LambdaLayerTarget)
