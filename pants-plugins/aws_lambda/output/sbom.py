"""Writes the bill of materials next to an artifact: `<zip>.cdx.json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pants.engine.fs import CreateDigest, Digest, FileContent
from pants.util.logging import LogLevel

from aws_lambda.pants_api import collect_rules, create_digest, implicitly, rule, run_to_success
from aws_lambda.processes.tool_program import ToolRun, prepare_tool

_BILL = "bill.json"


@dataclass(frozen=True)
class SbomRequest:
    """The components of the artifact at `output`, as JSON from
    `artifact/output/bill_of_materials.py`.
    """

    document: str
    output: str


@dataclass(frozen=True)
class Sbom:
    digest: Digest


@rule(desc="Write the bill of materials", level=LogLevel.DEBUG)
async def write_sbom(request: SbomRequest) -> Sbom:
    bill = await create_digest(CreateDigest([FileContent(_BILL, request.document.encode())]))
    result = await run_to_success(
        await prepare_tool(
            ToolRun(
                program="write_sbom.py",
                argv=(_BILL,),
                description=f"Write {sbom_path(request.output)}",
                inputs=bill,
            ),
            **implicitly(),
        )
    )
    written = FileContent(sbom_path(request.output), result.stdout)
    return Sbom(await create_digest(CreateDigest([written])))


def sbom_path(output: str) -> str:
    """The path of an artifact's bill of materials below `dist/`."""
    return f"{output}.cdx.json"


def rules() -> Iterable[Any]:
    return collect_rules()
