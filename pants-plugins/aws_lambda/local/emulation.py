"""Hands a packaged function to the emulator: its artifact and layers, and what runs them here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pants.engine.addresses import Address
from pants.engine.environment import EnvironmentName
from pants.engine.fs import AddPrefix, CreateDigest, Digest, FileContent, MergeDigests
from pants.util.logging import LogLevel

from aws_lambda.inputs.build_subject import BuildSubject, find_target
from aws_lambda.local.runnable import (
    Runnable,
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
DOCUMENT = "functions.json"
# Where layers lie unpacked between runs, among Pants' named caches, and how the emulator is told.
CACHE = ".cache/aws_lambda_emulator"
CACHE_ENVIRONMENT = "AWS_LAMBDA_EMULATOR_CACHE"


@dataclass(frozen=True)
class Emulator:
    """The emulator's own files below a folder named `EMULATOR`; in `digest`, with `__main__.py`
    beside it, so that Python can be started with the folder above."""

    package: Digest
    digest: Digest


@rule
async def load_emulator() -> Emulator:
    """Its modules and example events; folders such as its tests stay here."""
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
class EmulationRequest:
    address: Address


@dataclass(frozen=True)
class Emulation:
    """A function as the emulator takes it.

    `digest` holds its artifact, with its layers, and the runtime's own packages, at the paths that
    `entry` tells, which is the function's object in the document, as JSON.
    """

    address: Address
    digest: Digest
    entry: str
    interpreter: Interpreter | None
    runnable: Runnable


@rule(desc="Make ready to run here", level=LogLevel.DEBUG)
async def emulate(request: EmulationRequest, environment: EnvironmentName) -> Emulation:
    target = await find_target(BuildSubject(request.address))
    wanted = RunnableRequest(LambdaFunctionFieldSet.create(target))
    runnable = await find_runnable_function(
        **implicitly({wanted: RunnableSubject, environment: EnvironmentName})
    )
    # Apart from others: a layer that was built for this machine has the path of the one for Lambda.
    folder = f"artifacts/{request.address.path_safe_spec}"
    wheels = f"wheels/{runnable.runtime_wheels.fingerprint[:16]}"
    interpreter = runnable.interpreter
    entry = {
        "address": request.address.spec,
        "name": target[LambdaFunctionNameField].value or default_function_name(request.address),
        "artifact": f"{folder}/{runnable.output}",
        "interpreter": interpreter.path if interpreter else None,
        "python": runnable.python,
        "wheels": wheels,
        "variables": dict(target[LambdaCheckEnvField].value),
        "remarks": [
            *([runnable.override_remark] if runnable.override_remark else []),
            *runnable.lacking,
        ],
    }
    artifacts, packages = await concurrently(
        add_prefix(AddPrefix(runnable.digest, folder)),
        add_prefix(AddPrefix(runnable.runtime_wheels, wheels)),
    )
    digest = await merge_digests(MergeDigests([artifacts, packages]))
    return Emulation(
        request.address, digest, json.dumps(entry, sort_keys=True), interpreter, runnable
    )


@dataclass(frozen=True)
class EmulationsRequest:
    """Functions for one run of the emulator; `folder` is where their document lies."""

    addresses: tuple[Address, ...]
    folder: str


@dataclass(frozen=True)
class Emulations:
    """`digest` has the functions and their document; the emulator itself is apart."""

    digest: Digest
    functions: tuple[Emulation, ...]
    document: str


@rule
async def emulate_together(request: EmulationsRequest) -> Emulations:
    functions = await concurrently(
        emulate(EmulationRequest(each), **implicitly()) for each in request.addresses
    )
    document = as_document([each.entry for each in functions])
    written = await create_digest(CreateDigest([FileContent(DOCUMENT, document)]))
    together = await merge_digests(MergeDigests([written, *(each.digest for each in functions)]))
    digest = await add_prefix(AddPrefix(together, request.folder))
    return Emulations(digest, functions, f"{request.folder}/{DOCUMENT}")


def as_document(entries: Sequence[str]) -> bytes:
    """What `emulator/packaged.py` reads."""
    document = {"functions": [json.loads(each) for each in entries]}
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def default_function_name(address: Address) -> str:
    """A name such as AWS takes, made of an address: `src-orders-api`."""
    return re.sub(r"[^a-zA-Z0-9_]+", "-", address.spec).strip("-")[:64]


def rules() -> Iterable[Any]:
    return collect_rules()
