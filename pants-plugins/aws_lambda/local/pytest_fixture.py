"""Adds the functions that a test depends on, and the fixture that invokes them, to its sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aws_lambda_emulator.protocol import FIXTURE_FOLDER
from pants.backend.python.goals.pytest_runner import PytestPluginSetup, PytestPluginSetupRequest
from pants.core.goals.test import RuntimePackageDependenciesField
from pants.engine.fs import EMPTY_DIGEST, AddPrefix, CreateDigest, FileContent, MergeDigests
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.source.source_root import SourceRootRequest
from pants.util.logging import LogLevel

from aws_lambda.local.emulation import (
    EMULATOR,
    EmulatedFunctionsRequest,
    load_emulator,
    prepare_functions,
)
from aws_lambda.pants_api import (
    add_prefix,
    collect_rules,
    concurrently,
    create_digest,
    get_source_root,
    merge_digests,
    rule,
    targets_named,
)
from aws_lambda.target_types import LambdaHandlerField

# With this entry point, pytest finds the fixture without an import or a conftest.
_ENTRY_POINTS = f"[pytest11]\n{EMULATOR} = {EMULATOR}.pytest_plugin\n"
_METADATA = f"Metadata-Version: 2.1\nName: {EMULATOR}\nVersion: 1\n"


@dataclass(frozen=True)
class LambdaFixtureRequest(PytestPluginSetupRequest):
    @classmethod
    def is_applicable(cls, target: Target) -> bool:
        return bool(target.get(RuntimePackageDependenciesField).value)


@rule(desc="Add Lambda functions to tests", level=LogLevel.DEBUG)
async def set_up_fixture(request: LambdaFixtureRequest) -> PytestPluginSetup:
    target = request.target
    listed, root = await concurrently(
        targets_named(target[RuntimePackageDependenciesField].to_unparsed_address_inputs()),
        get_source_root(SourceRootRequest.for_target(target)),
    )
    addresses = sorted(each.address for each in listed if each.has_field(LambdaHandlerField))
    if not addresses:
        return PytestPluginSetup(EMPTY_DIGEST)
    # Pants may run several test files in one process, each with its own functions.
    of_test = hashlib.sha256(target.address.spec.encode()).hexdigest()[:16]
    emulator, functions = await concurrently(
        load_emulator(),
        prepare_functions(
            EmulatedFunctionsRequest(tuple(addresses), f"{FIXTURE_FOLDER}/{of_test}")
        ),
    )
    about = await create_digest(
        CreateDigest(
            [
                FileContent(f"{EMULATOR}-1.dist-info/METADATA", _METADATA.encode()),
                FileContent(f"{EMULATOR}-1.dist-info/entry_points.txt", _ENTRY_POINTS.encode()),
            ]
        )
    )
    together = await merge_digests(MergeDigests([emulator.package, functions.digest, about]))
    in_root = "" if root.path == "." else root.path
    return PytestPluginSetup(await add_prefix(AddPrefix(together, in_root)))


def rules() -> Iterable[Any]:
    return (*collect_rules(), UnionRule(PytestPluginSetupRequest, LambdaFixtureRequest))
