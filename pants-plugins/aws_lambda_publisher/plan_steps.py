"""Carries out the steps of plans, one request each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # pants: no-infer-dep

from aws_lambda_publisher.aws_clients import Aws
from aws_lambda_publisher.aws_errors import error_code, is_connection_error, translate_error
from aws_lambda_publisher.aws_reading import (
    Patience,
    StateChanged,
    read_layer_versions,
    translated,
    wait_until_settled,
)
from aws_lambda_publisher.errors import SmokeTestFailed
from aws_lambda_publisher.layer_choice import AttachedLayer
from aws_lambda_publisher.message_text import columns, describe
from aws_lambda_publisher.plan import (
    CreateFunction,
    FunctionFacts,
    FunctionPlan,
    InvokeVersion,
    PublishVersion,
    Step,
    UpdateCode,
    UpdateConfiguration,
)
from aws_lambda_publisher.request import Options, WantedFunction, WantedLayer
from aws_lambda_publisher.state import FunctionState, describe_layer
from aws_lambda_publisher.uploads import ZipUploads

_REPEATABLE = {"TooManyRequestsException", "ThrottlingException", "ServiceException"}


def publish_layer(aws: Aws, layer: WantedLayer, uploads: ZipUploads, patience: Patience) -> str:
    """Publish a version of a layer, and return its ARN.

    After a lost answer, this looks for the version before it sends the request again, so that one
    content does not get two versions.
    """
    subject = f"the layer {layer.name} ({layer.address})"
    content = uploads.provide(
        subject=subject,
        path=layer.zip,
        zip_bytes=layer.zip_bytes,
        code_sha256=layer.code_sha256,
    )
    compatible: dict[str, Any] = {}
    if layer.runtimes:
        compatible["CompatibleRuntimes"] = [*layer.runtimes]
    if layer.architectures:
        compatible["CompatibleArchitectures"] = [*layer.architectures]
    for attempt in range(patience.rounds):
        try:
            answer = aws.layer_publisher.publish_layer_version(
                LayerName=layer.name,
                Description=describe_layer(layer.content_sha256, layer.address),
                Content=content,
                **compatible,
            )
            return str(answer["LayerVersionArn"])
        except (BotoCoreError, ClientError) as error:
            is_last = attempt + 1 == patience.rounds
            if is_last or not (is_connection_error(error) or error_code(error) in _REPEATABLE):
                raise translate_error(error, subject=subject) from error
        patience.pause(attempt)
        published = read_layer_versions(aws, layer).matching
        if published:
            return published[0].arn
    raise StateChanged(f"the layer {layer.name} was not published")


@dataclass
class FunctionUpdate:
    """One run of a plan. `completed` collects the steps that AWS has carried out, as text.

    `code_sha256` is the hash of the function's zip in AWS.
    """

    aws: Aws
    wanted: WantedFunction
    attached: Sequence[AttachedLayer]
    options: Options
    uploads: ZipUploads
    patience: Patience
    completed: list[str]
    state: FunctionState | None = None
    code_sha256: str = ""
    version: str = ""

    @property
    def _subject(self) -> str:
        return f"the function {self.wanted.name} ({self.wanted.address})"

    def run(self, plan: FunctionPlan, facts: FunctionFacts) -> None:
        """Carry out the steps. Raises `StateChanged` if the function is not in the read state."""
        self.state = facts.function
        self.code_sha256 = self.state.code_sha256 if self.state else ""
        for step in plan.steps:
            self._carry_out(step, facts)

    def _carry_out(self, step: Step, facts: FunctionFacts) -> None:
        if isinstance(step, CreateFunction):
            self._create()
        elif isinstance(step, UpdateConfiguration):
            self._update_configuration(step)
        elif isinstance(step, UpdateCode):
            self._update_code(step)
        elif isinstance(step, PublishVersion):
            self._publish_version()
        elif isinstance(step, InvokeVersion):
            self._invoke_version(facts)
        elif step.create:
            self._create_alias(step.name)
        else:
            self._move_alias(step.name, facts)

    def _revision(self) -> dict[str, str]:
        """The parameter that makes AWS refuse a write if the function changed since it was read."""
        return {"RevisionId": self.state.revision} if self.state and self.state.revision else {}

    def _code(self) -> dict[str, Any]:
        return self.uploads.provide(
            subject=self._subject,
            path=self.wanted.zip,
            zip_bytes=self.wanted.zip_bytes,
            code_sha256=self.wanted.code_sha256,
        )

    def _wait(self) -> FunctionState:
        """Wait until AWS has completed the last write, and return the function's state.

        AWS changes the revision once more when an update completes, so the revision in the answer
        of a write cannot guard the next write. The caller checks that nothing else changed.
        """
        self.state = wait_until_settled(self.aws, self.wanted.name, self.patience)
        return self.state

    def _create(self) -> None:
        architecture = self.wanted.architecture
        code = self._code()
        with translated(self._subject, self.completed):
            self.aws.functions.create_function(
                FunctionName=self.wanted.name,
                Runtime=self.wanted.runtime,
                Role=self.options.role,
                Handler=self.wanted.handler,
                Code=code,
                Layers=self._layer_arns(self.attached),
                **({"Architectures": [architecture]} if architecture else {}),
            )
        self.completed.append("created the function")
        self.code_sha256 = self.wanted.code_sha256
        self._require(self._wait().code_sha256 == self.code_sha256)

    def _update_configuration(self, step: UpdateConfiguration) -> None:
        values: dict[str, Any] = {}
        if step.handler is not None:
            values["Handler"] = step.handler
        if step.runtime is not None:
            values["Runtime"] = step.runtime
        if step.layers is not None:
            values["Layers"] = self._layer_arns(step.layers)
        with translated(self._subject, self.completed):
            self.aws.functions.update_function_configuration(
                FunctionName=self.wanted.name, **values, **self._revision()
            )
        self.completed.append(f"set {', '.join(name.lower() for name in values)}")
        state = self._wait()
        self._require(
            step.handler in (None, state.handler)
            and step.runtime in (None, state.runtime)
            and (step.layers is None or self._layer_arns(step.layers) == [*state.layers])
        )

    def _update_code(self, step: UpdateCode) -> None:
        architectures = {"Architectures": [step.architecture]} if step.architecture else {}
        code = self._code()
        with translated(self._subject, self.completed):
            self.aws.functions.update_function_code(
                FunctionName=self.wanted.name, **code, **architectures, **self._revision()
            )
        self.completed.append("uploaded the code")
        self.code_sha256 = self.wanted.code_sha256
        state = self._wait()
        self._require(
            state.code_sha256 == self.code_sha256
            and (step.architecture is None or step.architecture in state.architectures)
        )

    def _publish_version(self) -> None:
        with translated(self._subject, self.completed):
            answer = self.aws.functions.publish_version(
                FunctionName=self.wanted.name,
                CodeSha256=self.code_sha256,
                **self._revision(),
            )
        self.version = str(answer["Version"])
        self.completed.append(f"published version {self.version}")
        wait_until_settled(self.aws, self.wanted.name, self.patience, self.version)

    def _invoke_version(self, facts: FunctionFacts) -> None:
        """Invoke the version. Raises `SmokeTestFailed` if the function reports an error."""
        for attempt in range(self.patience.rounds):
            try:
                with translated(self._subject, self.completed):
                    answer = self.aws.invoker.invoke(
                        FunctionName=self.wanted.name,
                        Qualifier=self.version,
                        Payload=self.options.smoke_event,
                    )
                break
            except StateChanged:
                # AWS still prepares the version.
                self.patience.pause(attempt)
        else:
            raise StateChanged(f"version {self.version} cannot be invoked")
        if answer.get("FunctionError"):
            raise SmokeTestFailed(self._describe_failed_test(answer["Payload"].read(), facts))
        self.completed.append(f"invoked version {self.version} with the smoke event")

    def _describe_failed_test(self, payload: bytes, facts: FunctionFacts) -> str:
        alias = self.options.alias
        kept = f"stays at version {facts.alias.version}" if facts.alias else "was not created"
        try:
            answer = json.loads(payload)
            reported = f"{answer.get('errorType', '')}: {answer.get('errorMessage', '')}"
        except (ValueError, AttributeError):
            reported = payload.decode(errors="replace")[:500]
        return describe(
            f"Version {self.version} of {self._subject} failed the smoke test. The alias {alias} "
            f"{kept}.",
            facts=columns([("error", reported), *(("completed", each) for each in self.completed)]),
            fix="fix the function, or the event of `--aws-lambda-smoke-event`, and publish again.",
        )

    def _create_alias(self, name: str) -> None:
        with translated(self._subject, self.completed):
            self.aws.functions.create_alias(
                FunctionName=self.wanted.name, Name=name, FunctionVersion=self.version
            )
        self.completed.append(f"created the alias {name} for version {self.version}")

    def _move_alias(self, name: str, facts: FunctionFacts) -> None:
        revision = facts.alias.revision if facts.alias else None
        with translated(self._subject, self.completed):
            self.aws.functions.update_alias(
                FunctionName=self.wanted.name,
                Name=name,
                FunctionVersion=self.version,
                **({"RevisionId": revision} if revision else {}),
            )
        self.completed.append(f"moved the alias {name} to version {self.version}")

    def _require(self, condition: bool) -> None:
        if not condition:
            raise StateChanged("another program changed the function at the same time")

    def _layer_arns(self, layers: Sequence[AttachedLayer]) -> list[str]:
        return [each.arn for each in layers if each.arn]
