"""Extends the goal `publish`: one process publishes all functions and layers of a command.

The goal of Pants runs a process for each target, one after another. This module wraps its rule, so
that the publisher plans all changes before it makes any, and updates functions in parallel. If a
later Pants asks for processes in another way, each target's own process still publishes it. Remove
this module with the first Pants that lets a backend combine processes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pants.core.goals.publish import Publish, PublishPackages, PublishProcesses, run_publish
from pants.engine.process import InteractiveProcess

from aws_lambda.pants_api.rule_wrapping import wrap_rule
from aws_lambda.publish.published_targets import LambdaPublishPackages
from aws_lambda.publish.publisher import REQUEST_FILE
from aws_lambda.publish.request_document import UnnamedTarget, as_request, describe_unnamed

# Exits with the code in the result of a target. The arguments are the folder of results and the
# address.
_EXIT_WITH_RESULT = """\
import glob, json, sys
results = [json.load(open(path)) for path in glob.glob(sys.argv[1] + "/[0-9]*.json")]
sys.exit({each["address"]: each["exit_code"] for each in results}.get(sys.argv[2], 1))
"""


def _combine(every: Sequence[PublishProcesses], folder: str) -> Sequence[PublishProcesses]:
    """Replace the processes of functions and layers by one process, and one per target that exits
    with its result. `folder` is for the request and the results.
    """
    ours = [each for found in every for each in found if isinstance(each, LambdaPublishPackages)]
    named = [each for each in ours if each.publisher]
    unnamed = [(each.address, each.required_field) for each in ours if each.required_field]
    if unnamed:
        raise UnnamedTarget(describe_unnamed(sorted(unnamed)))
    if not named:
        return every
    publisher = named[0].publisher
    assert publisher is not None
    request = os.path.join(folder, REQUEST_FILE)
    with open(request, "wb") as file:
        parts = [json.loads(each.part) for each in named]
        file.write(as_request(parts, json.loads(named[0].request_options)))
    process = publisher.process_for_all(
        [each.artifacts for each in named], request, "--results", folder
    )

    def report(each: PublishPackages) -> PublishPackages:
        if not isinstance(each, LambdaPublishPackages) or not each.publisher:
            return each
        if each.publisher.mode:
            return replace(each, process=None, description=f"({each.publisher.mode[0]})")
        argv = (*each.publisher.own_python, "-c", _EXIT_WITH_RESULT, folder, each.address)
        return replace(each, process=InteractiveProcess(argv))

    return (
        PublishProcesses([PublishPackages((), process)]),
        *(PublishProcesses(report(each) for each in found) for found in every),
    )


@dataclass(frozen=True)
class _ChangedAnswers:
    """Awaits the rule of Pants, and changes the processes that the engine gives to it.

    The engine answers one of the rule's requests with the processes of all targets.
    """

    rule: Coroutine[Any, Any, Publish]
    change: Callable[[Sequence[PublishProcesses]], Sequence[PublishProcesses]]

    def __await__(self) -> Generator[Any, Any, Publish]:
        answer: Any = None
        error: BaseException | None = None
        while True:
            try:
                asked = self.rule.send(answer) if error is None else self.rule.throw(error)
            except StopIteration as end:
                done: Publish = end.value
                return done
            error = None
            try:
                answer = yield asked
            except GeneratorExit:
                self.rule.close()
                raise
            except BaseException as raised:
                error = raised
            if error is None and _are_processes(answer):
                answer = self.change(answer)


def _are_processes(answer: Any) -> bool:
    return (
        isinstance(answer, (list, tuple))
        and not isinstance(answer, PublishProcesses)
        and bool(answer)
        and all(isinstance(each, PublishProcesses) for each in answer)
    )


def _publish_together(publish: Callable[..., Any]) -> Callable[..., Any]:
    async def publish_together(*arguments: Any) -> Publish:
        folder = tempfile.mkdtemp(prefix="aws-lambda-publish-")
        try:
            return await _ChangedAnswers(
                publish(*arguments), lambda processes: _combine(processes, folder)
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return publish_together


def rules() -> Iterable[Any]:
    wrap_rule(run_publish, _publish_together)
    return ()
