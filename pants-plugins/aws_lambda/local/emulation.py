"""Prepares a packaged function for the emulator: artifact, layers, interpreter, runtime
packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from aws_lambda_emulator.protocol import CACHE_VARIABLE, FUNCTIONS_FILE, default_function_name
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.engine.addresses import Address
from pants.engine.environment import EnvironmentName
from pants.engine.fs import AddPrefix, CreateDigest, Digest, FileContent, MergeDigests
from pants.engine.process import Process
from pants.util.logging import LogLevel

from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.local.runnable import (
    RunnableFunction,
    RunnableRequest,
    RunnableSubject,
    find_runnable_function,
)
from aws_lambda.package import LambdaFunctionFieldSet
from aws_lambda.pants_api import (
    add_prefix,
    collect_rules,
    concurrently,
    create_digest,
    implicitly,
    merge_digests,
    rule,
)
from aws_lambda.processes.interpreters import Interpreter
from aws_lambda.target_types import LambdaCheckEnvField, LambdaFunctionNameField

EMULATOR = "aws_lambda_emulator"
# The named cache of Pants for code that the emulator has unpacked.
CACHE = ".cache/aws_lambda_emulator"


@dataclass(frozen=True)
class Emulator:
    """The files of the emulator, in a folder named `EMULATOR`.

    In `digest`, there is a `__main__.py` next to that folder, to start Python with.
    """

    package: Digest
    digest: Digest


@rule
async def load_emulator() -> Emulator:
    """Load the modules and example events of the emulator, without its tests."""
    folder = files(EMULATOR)
    found = [*folder.iterdir(), *(folder / "events").iterdir()]
    contents = [
        FileContent(f"{EMULATOR}/{_below(str(folder), str(each))}", each.read_bytes())
        for each in sorted(found, key=str)
        if each.name.endswith((".py", ".json"))
    ]
    start = f"from {EMULATOR}.command import main\n\nmain()\n"
    package, digest = await concurrently(
        create_digest(CreateDigest(contents)),
        create_digest(CreateDigest([FileContent("__main__.py", start.encode()), *contents])),
    )
    return Emulator(package, digest)


def _below(folder: str, path: str) -> str:
    return path[len(folder) + 1 :]


@dataclass(frozen=True)
class EmulatedFunctionRequest:
    address: Address


@dataclass(frozen=True)
class EmulatedFunction:
    """A function as the emulator reads it.

    `digest` holds its artifact, with its layers, and the runtime's own packages, at the paths that
    `entry` tells, which is the function's object in the document, as JSON.
    """

    address: Address
    digest: Digest
    entry: str
    interpreter: Interpreter | None
    runnable: RunnableFunction


@rule(desc="Prepare to run a function", level=LogLevel.DEBUG)
async def prepare_function(
    request: EmulatedFunctionRequest, environment: EnvironmentName
) -> EmulatedFunction:
    target = await find_target(BuildSubject(request.address))
    wanted = RunnableRequest(LambdaFunctionFieldSet.create(target))
    runnable = await find_runnable_function(
        **implicitly({wanted: RunnableSubject, environment: EnvironmentName})
    )
    # A folder of its own: a layer for this machine has the same path as the layer for Lambda.
    folder = f"artifacts/{request.address.path_safe_spec}"
    wheels = f"wheels/{runnable.runtime_wheels.fingerprint[:16]}"
    interpreter = runnable.interpreter
    entry = {
        "address": request.address.spec,
        "name": target[LambdaFunctionNameField].value
        or default_function_name(request.address.spec),
        "artifact": f"{folder}/{runnable.output}",
        "interpreter": interpreter.path if interpreter else None,
        "python": runnable.python,
        "wheels": wheels,
        "variables": dict(target[LambdaCheckEnvField].value),
        "remarks": [
            *([runnable.override_remark] if runnable.override_remark else []),
            *runnable.missing,
        ],
    }
    artifacts, packages = await concurrently(
        add_prefix(AddPrefix(runnable.digest, folder)),
        add_prefix(AddPrefix(runnable.runtime_wheels, wheels)),
    )
    digest = await merge_digests(MergeDigests([artifacts, packages]))
    return EmulatedFunction(
        request.address, digest, json.dumps(entry, sort_keys=True), interpreter, runnable
    )


@dataclass(frozen=True)
class EmulatedFunctionsRequest:
    """Functions for one run of the emulator. `folder` will contain their document."""

    addresses: tuple[Address, ...]
    folder: str


@dataclass(frozen=True)
class EmulatedFunctions:
    """Functions with their `document`. `digest` contains both, without the emulator."""

    digest: Digest
    functions: tuple[EmulatedFunction, ...]
    document: str


@rule
async def prepare_functions(request: EmulatedFunctionsRequest) -> EmulatedFunctions:
    functions = await concurrently(
        prepare_function(EmulatedFunctionRequest(each), **implicitly())
        for each in request.addresses
    )
    document = as_document([each.entry for each in functions])
    written = await create_digest(CreateDigest([FileContent(FUNCTIONS_FILE, document)]))
    together = await merge_digests(MergeDigests([written, *(each.digest for each in functions)]))
    digest = await add_prefix(AddPrefix(together, request.folder))
    return EmulatedFunctions(digest, functions, f"{request.folder}/{FUNCTIONS_FILE}")


async def prepare_command(
    address: Address, own_python: PythonBuildStandaloneBinary, command: str, *options: str
) -> tuple[EmulatedFunction, Process]:
    """A function, and the process that runs a command of the emulator on it."""
    emulator, functions = await concurrently(
        load_emulator(),
        prepare_functions(EmulatedFunctionsRequest((address,), "functions")),
    )
    (function,) = functions.functions
    process = Process(
        argv=[
            *(own_python.path, "-E", "-s", "__main__.py"),
            *(command, functions.document, *options),
        ],
        description=f"Start {address}",
        input_digest=await merge_digests(MergeDigests([emulator.digest, functions.digest])),
        env={
            "AWS_LAMBDA_INTERPRETER_SHA256": (
                function.interpreter.sha256 if function.interpreter else ""
            ),
            CACHE_VARIABLE: CACHE,
        },
        append_only_caches={"aws_lambda_emulator": CACHE},
        level=LogLevel.DEBUG,
    )
    return function, process


def as_document(entries: Sequence[str]) -> bytes:
    """The document that the emulator's `packaged_function.py` reads."""
    document = {"functions": [json.loads(each) for each in entries]}
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def rules() -> Iterable[Any]:
    return collect_rules()
