"""Writes a bill of materials as CycloneDX JSON, on standard output. It judges nothing.

    python3 write_sbom.py BILL.json

The bill is what `artifact/bill.py` says. The same bill gives the same bytes: nothing of the machine
and no time gets in.

Needs cyclonedx-python-lib; CPython 3.9 or newer.
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

# Scanners learnt to read 1.7 only in the course of 2026 (read in November 2026), and nothing here
# needs it.
_SCHEMA = SchemaVersion.V1_6


def main(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        bill: dict[str, Any] = json.load(file)
    document = json.loads(make_outputter(bom(bill), OutputFormat.JSON, _SCHEMA).output_as_string())
    # The library always notes when it ran.
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def bom(bill: Mapping[str, Any]) -> Bom:
    root = artifact(bill)
    carried = [distribution(each) for each in bill["components"]]
    made = Bom(serial_number=UUID(bill["serial"]), components=carried)
    made.metadata.component = root
    made.register_dependency(root, carried)
    return made


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
                # CycloneDX's way to point at another bill, of version 1.
                url=model.XsUri(f"urn:cdx:{each['serial']}/1"),
                comment=each["name"],
            )
            for each in bill["layers"]
            if each["serial"]
        ],
    )


def distribution(carried: Mapping[str, Any]) -> Component:
    return Component(
        # Unlike a package URL, no two wheels share it.
        bom_ref=carried["wheel"],
        type=ComponentType.LIBRARY,
        name=carried["name"],
        version=carried["version"],
        purl=PackageURL("pypi", name=carried["name"], version=carried["version"]),
        hashes=sha256(carried["sha256"]),
        licenses=list(licences(carried["licenses"])),
    )


def licences(declared: Sequence[str]) -> Iterator[licensing.License]:
    """As identifiers and expressions of SPDX where they are some, as names else."""
    said = licensing.LicenseAcknowledgement.DECLARED
    for each in declared:
        spdx = fixup_id(each)
        if spdx:
            yield licensing.DisjunctiveLicense(id=spdx, acknowledgement=said)
        elif len(declared) == 1 and is_expression(each):
            # The schema wants an expression to stand alone.
            yield licensing.LicenseExpression(each, acknowledgement=said)
        else:
            yield licensing.DisjunctiveLicense(name=each, acknowledgement=said)


def sha256(digest: str) -> list[model.HashType]:
    return [model.HashType(alg=model.HashAlgorithm.SHA_256, content=digest)]


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.argv[1]).encode())
