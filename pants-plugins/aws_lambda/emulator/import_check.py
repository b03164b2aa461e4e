"""Starts a function as far as its first event, to see whether its handler can be imported."""

from __future__ import annotations

import json
import sys
from typing import Any

from .bootstrap import EXPLAIN
from .launch import cut_network
from .packaged import read_packaged

# What importing may use, so that only what always fails fails here. Seconds, MiB.
_SECONDS = 60.0
_MEMORY = 10_240


def report(document: str) -> dict[str, Any]:
    """How the one function of a `functions.json` started, without a network where that is possible.

    `error` is Lambda's `errorType` or `None`, `payload` its answer, `logs` what was written.
    Raises `EmulatorFault`.
    """
    try:
        cut_network()
        cut = True
    except OSError:
        cut = False
    (packaged,) = read_packaged(document)
    configuration = packaged.configured(timeout=_SECONDS, memory=_MEMORY, variables={EXPLAIN: "1"})
    with packaged.start(configuration, cache=None, log=lambda text: None) as function:
        outcome = function.init()
    return {
        "error": outcome.error,
        "payload": outcome.payload.decode(errors="replace"),
        "logs": outcome.logs.decode(errors="replace"),
        "network": not cut,
    }


def main(document: str) -> int:
    """Print the report as JSON. Succeeds whatever it says, so that it can be cached."""
    json.dump(report(document), sys.stdout, indent=2, sort_keys=True)
    return 0
