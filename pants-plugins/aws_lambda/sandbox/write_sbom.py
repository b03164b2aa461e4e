"""Writes a bill of materials as CycloneDX JSON, on standard output. It judges nothing.

    python3 write_sbom.py BILL.json

`artifact/output/bill_of_materials.py` describes the bill. Equal bills give equal bytes, without any
fact about the machine or the time.

It requires CPython 3.9 or newer and cyclonedx-python-lib.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from cyclonedx import model  # pants: no-infer-dep
from cyclonedx.model import license as licensing  # pants: no-infer-dep
from cyclonedx.model.bom import Bom  # pants: no-infer-dep
from cyclonedx.model.component import Component, ComponentType  # pants: no-infer-dep
from cyclonedx.output import make_outputter  # pants: no-infer-dep
from cyclonedx.schema import OutputFormat, SchemaVersion  # pants: no-infer-dep
from cyclonedx.spdx import fixup_id, is_expression  # pants: no-infer-dep
from packageurl import PackageURL  # pants: no-infer-dep

# Scanners began to read 1.7 during 2026 (November 2026), and this program does not need it.
_SCHEMA = SchemaVersion.V1_6


def main(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        bill: dict[str, Any] = json.load(file)
    document = json.loads(make_outputter(bom(bill), OutputFormat.JSON, _SCHEMA).output_as_string())
    # The library always adds the time of the run.
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def bom(bill: Mapping[str, Any]) -> Bom:
    root = artifact(bill)
    components = [distribution(each) for each in bill["components"]]
    document = Bom(serial_number=UUID(bill["serial"]), components=components)
    document.metadata.component = root
    document.register_dependency(root, components)
    return document


def artifact(bill: Mapping[str, Any]) -> Component:
    layers = [("layer", each["name"]) for each in bill["layers"]]
    properties = [*bill["properties"].items(), *layers]
    return Component(
        bom_ref=bill["name"],
        type=ComponentType(bill["type"]),
        name=bill["name"],
        hashes=sha256(bill["sha256"]) if bill["sha256"] else None,
        properties=[
            model.Property(name=f"aws-lambda:{key}", value=value) for key, value in properties
        ],
        external_references=[
            model.ExternalReference(
                type=model.ExternalReferenceType.BOM,
                # A reference to version 1 of another bill, as CycloneDX defines it.
                url=model.XsUri(f"urn:cdx:{each['serial']}/1"),
                comment=each["name"],
            )
            for each in bill["layers"]
            if each["serial"]
        ],
    )


def distribution(component: Mapping[str, Any]) -> Component:
    return Component(
        # Two wheels can share a package URL, but not a file name.
        bom_ref=component["wheel"],
        type=ComponentType.LIBRARY,
        name=component["name"],
        version=component["version"],
        purl=PackageURL("pypi", name=component["name"], version=component["version"]),
        hashes=sha256(component["sha256"]),
        licenses=list(licenses(component["licenses"])),
    )


def licenses(declared: Sequence[str]) -> Iterator[licensing.License]:
    """Yield licenses as SPDX identifiers and expressions if they are valid, and else as names."""
    declaration = licensing.LicenseAcknowledgement.DECLARED
    for each in declared:
        spdx = fixup_id(each)
        if spdx:
            yield licensing.DisjunctiveLicense(id=spdx, acknowledgement=declaration)
        elif len(declared) == 1 and is_expression(each):
            # The schema allows an expression only without other licenses.
            yield licensing.LicenseExpression(each, acknowledgement=declaration)
        else:
            yield licensing.DisjunctiveLicense(name=each, acknowledgement=declaration)


def sha256(digest: str) -> list[model.HashType]:
    return [model.HashType(alg=model.HashAlgorithm.SHA_256, content=digest)]


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.argv[1]).encode())
