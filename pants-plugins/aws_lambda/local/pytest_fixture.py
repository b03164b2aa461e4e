"""Gives tests the functions that they list, and the pytest fixture that invokes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.backend.python.goals.pytest_runner import PytestPluginSetup, PytestPluginSetupRequest
from pants.core.goals.test import RuntimePackageDependenciesField
from pants.engine.fs import EMPTY_DIGEST, AddPrefix, CreateDigest, FileContent, MergeDigests
from pants.engine.target import Target
from pants.engine.unions import UnionRule
from pants.source.source_root import SourceRootRequest
from pants.util.logging import LogLevel

from aws_lambda.local.emulation import EMULATOR, EmulationsRequest, emulate_together, load_emulator
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

# By which pytest finds the fixture, with no import and no conftest.
_ENTRY_POINTS = f"[pytest11]\n{EMULATOR} = {EMULATOR}.pytest_plugin\n"
_METADATA = f"Metadata-Version: 2.1\nName: {EMULATOR}\nVersion: 1\n"


@dataclass(frozen=True)
class LambdaFixtureRequest(PytestPluginSetupRequest):
    @classmethod
    def is_applicable(cls, target: Target) -> bool:
        return bool(target.get(RuntimePackageDependenciesField).value)


@rule(desc="Give tests their Lambda functions", level=LogLevel.DEBUG)
async def set_up_fixture(request: LambdaFixtureRequest) -> PytestPluginSetup:
    target = request.target
    listed, root = await concurrently(
        targets_named(target[RuntimePackageDependenciesField].to_unparsed_address_inputs()),
        get_source_root(SourceRootRequest.for_target(target)),
    )
    addresses = sorted(each.address for each in listed if each.has_field(LambdaHandlerField))
    if not addresses:
        return PytestPluginSetup(EMPTY_DIGEST)
    # Several test files may run in one process, each with functions of its own.
    of_test = hashlib.sha256(target.address.spec.encode()).hexdigest()[:16]
    emulator, functions = await concurrently(
        load_emulator(),
        emulate_together(EmulationsRequest(tuple(addresses), f"aws_lambda_functions/{of_test}")),
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
