"""The input of `sandbox/write_sbom.py`, which writes an artifact's bill of materials.

A bill lists the distributions in the artifact itself, and refers to the bill of each layer.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_lambda.artifact.output.manifest import Manifest

# Values of the field `License` that declare nothing.
_UNDECLARED = {"", "none", "unknown"}

# The field `License` is for a name, but many projects put the whole text into it.
_LONGEST_NAME = 100

# The classifiers that correspond to exactly one SPDX identifier (PyPI's list of classifiers, read
# in November 2026). Others do not name the version or the variant of the license.
_CLASSIFIERS = {
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zero-Clause BSD (0BSD)": "0BSD",
}
# Headings in that list, which name no license.
_HEADINGS = {"OSI Approved", "DFSG approved"}


def bill_as_json(manifest: Manifest, licenses: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The bill of an artifact, as JSON.

    `licenses` maps the file name of a wheel to the fields of its METADATA about licenses, as pairs
    of name and value: `License-Expression`, `License` and `Classifier`.
    """
    document = {
        **_facts(manifest),
        "serial": str(serial_number(manifest)),
        "layers": [
            {
                "name": str(layer),
                "serial": str(serial_number(layer.manifest)) if layer.manifest else None,
            }
            for layer in manifest.layers
        ],
    }
    for component in document["components"]:
        component["licenses"] = declared_licenses(licenses.get(component["wheel"], ()))
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def serial_number(manifest: Manifest) -> uuid.UUID:
    """The serial number of a bill, equal for equal artifacts on every machine."""
    facts = json.dumps(_facts(manifest), sort_keys=True)
    return uuid.uuid5(uuid.NAMESPACE_OID, f"aws-lambda\n{facts}")


def _facts(manifest: Manifest) -> dict[str, Any]:
    """The facts about the artifact and its distributions, without layers and licenses."""
    properties = {
        "architecture": manifest.architecture,
        "content_sha256": manifest.content_sha256,
        "handler": manifest.handler,
        "kind": manifest.kind,
        "runtime": manifest.runtime,
    }
    return {
        "name": manifest.address,
        # CycloneDX has no type for layers. A library is the closest: code that functions use.
        "type": "application" if manifest.kind == "function" else "library",
        "sha256": manifest.written_zip.sha256 if manifest.written_zip else None,
        "properties": {key: value for key, value in properties.items() if value is not None},
        "components": [
            {
                "name": distribution.name,
                "version": distribution.version,
                "wheel": distribution.wheel,
                "sha256": distribution.sha256,
            }
            for distribution in sorted(manifest.distributions)
        ],
    }


def declared_licenses(fields: Iterable[tuple[str, str]]) -> list[str]:
    """The licenses that a distribution declares: an SPDX expression, or one or more names.

    `fields` are pairs of name and value. Use the first of `License-Expression`, `License` and
    `Classifier` that declares a license: newer fields are more precise, and projects keep the older
    ones for older tools.
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value.strip())
    named = [
        value
        for name in ("License-Expression", "License")
        for value in values.get(name, ())
        if value.casefold() not in _UNDECLARED
    ]
    short = [value for value in named if len(value) <= _LONGEST_NAME and "\n" not in value]
    if short:
        return short[:1]
    classified = {_classified(value) for value in values.get("Classifier", ())} - {""}
    if classified:
        return sorted(classified)
    # The text of a license usually starts with its name.
    return [value.partition("\n")[0].strip()[:_LONGEST_NAME] for value in named[:1]]


def _classified(classifier: str) -> str:
    """The license that a classifier names, or `""`."""
    steps = [step.strip() for step in classifier.split("::")]
    if steps[0] != "License" or steps[-1] in _HEADINGS or len(steps) == 1:
        return ""
    return _CLASSIFIERS.get(steps[-1], steps[-1])
