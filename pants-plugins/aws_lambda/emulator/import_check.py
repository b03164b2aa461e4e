"""Starts a function as far as its first event, to see whether its handler can be imported."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .bootstrap import EXPLAIN
from .host_files import fix
from .launch import cut_network
from .packaged import Packaged
from .unset import unset_variable

# What importing may use, so that only what always fails fails here. Seconds, MiB.
_SECONDS = 60.0
_MEMORY = 10_240


def report(function: Packaged, *, cache: str | None) -> dict[str, Any]:
    """How a function started, without a network where the kernel allows to cut it.

    `error` is Lambda's `errorType` or `None`, `payload` its answer, `logs` what was written,
    `unset_variable` the name of one that it lacked or `""`, `network` whether there was one, and
    `host_files` are files of this machine that Lambda lacks or may lack (`host_files.py`).
    Layers are unpacked into `cache`. This process has no network from then on, and must have one
    thread. Raises `EmulatorFault`.
    """
    try:
        cut_network()
        cut = True
    except OSError:
        cut = False
    configuration = function.configured(timeout=_SECONDS, memory=_MEMORY, variables={EXPLAIN: "1"})
    with function.start(
        configuration, cache=cache, log=lambda text: None, init_seconds=_SECONDS
    ) as started:
        outcome = started.init()
        host_files = started.host_files
    return {
        "error": outcome.error,
        "payload": outcome.payload.decode(errors="replace"),
        "logs": outcome.logs.decode(errors="replace"),
        "unset_variable": unset_variable(outcome),
        "network": not cut,
        "host_files": [{**asdict(each), "fix": fix([each])} for each in host_files],
    }
