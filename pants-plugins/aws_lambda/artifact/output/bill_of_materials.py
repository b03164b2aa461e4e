"""The bill of materials of an artifact, as `sandbox/write_sbom.py` reads it.

It lists what lies in the artifact itself, and points at the bill of each of its layers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_lambda.artifact.output.manifest import Manifest

# Who declares no more than this, declares nothing.
_NOTHING = {"", "none", "unknown"}

# `License` is meant for a name, and many projects put the whole text there.
_LONGEST_NAME = 100

# The classifiers that stand for exactly one SPDX identifier (PyPI's list of classifiers, read in
# November 2026). Others do not say which version of a licence they mean, or which of its variants.
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
# Headings of the list, which name no licence.
_HEADINGS = {"OSI Approved", "DFSG approved"}


def bill_as_json(manifest: Manifest, licenses: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The bill as JSON.

    `licenses` holds, by the file name of a wheel, the fields of its METADATA that speak of
    licences, as `(name, value)`: `License-Expression`, `License` and `Classifier`.
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
        component["licences"] = declared_licenses(licenses.get(component["wheel"], ()))
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def serial_number(manifest: Manifest) -> uuid.UUID:
    """The same for every build of the same artifact, and another one for any other."""
    facts = json.dumps(_facts(manifest), sort_keys=True)
    return uuid.uuid5(uuid.NAMESPACE_OID, f"aws-lambda\n{facts}")


def _facts(manifest: Manifest) -> dict[str, Any]:
    """The artifact and what it carries; its layers and licences aside."""
    properties = {
        "architecture": manifest.architecture,
        "content_sha256": manifest.content_sha256,
        "handler": manifest.handler,
        "kind": manifest.kind,
        "runtime": manifest.runtime,
    }
    return {
        "name": manifest.address,
        # CycloneDX has no word for a layer: code that functions are linked with.
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
    """The licences that a distribution declares: an SPDX expression, a name, or several of them.

    The first kind of field that says anything counts: newer ones are precise, and the older are
    kept beside them for older tools.
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value.strip())
    named = [
        value
        for name in ("License-Expression", "License")
        for value in values.get(name, ())
        if value.casefold() not in _NOTHING
    ]
    short = [value for value in named if len(value) <= _LONGEST_NAME and "\n" not in value]
    if short:
        return short[:1]
    classified = {_classified(value) for value in values.get("Classifier", ())} - {""}
    if classified:
        return sorted(classified)
    # A licence's text begins with its name, as a rule.
    return [value.partition("\n")[0].strip()[:_LONGEST_NAME] for value in named[:1]]


def _classified(classifier: str) -> str:
    """The licence that a classifier names, or nothing."""
    steps = [step.strip() for step in classifier.split("::")]
    if steps[0] != "License" or steps[-1] in _HEADINGS or len(steps) == 1:
        return ""
    return _CLASSIFIERS.get(steps[-1], steps[-1])
