"""An invocation of a function, and its outcome."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Invocation:
    """An event for the function. `event` and `client_context` are JSON.

    `qualifier` is the requested version or alias, which becomes a part of the invoked ARN.
    """

    event: bytes
    client_context: str | None = None
    qualifier: str = ""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Outcome:
    """The outcome of an invocation, or of an init phase alone.

    `payload` is Lambda's answer, for errors as well. `error` is the `errorType` of an error, and
    `None` if the function succeeded. `logs` is the log of the invocation, with Lambda's own lines.
    `duration` and `init` are in milliseconds; `init` is `None` if no process had to start. `memory`
    is the peak in MiB, `None` if it is unknown.
    """

    payload: bytes
    error: str | None
    logs: bytes
    duration: float
    init: float | None
    memory: int | None
