"""What tests do with the account at the server: publish, change it as others do, read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import boto3
import pytest

from aws_lambda_publisher.aws_reading import Patience
from aws_lambda_publisher.command import run_command
from aws_lambda_publisher.tests.build_folder import BuildFolder
from aws_lambda_publisher.tests.lambda_server import LambdaServer

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

# Pauses that are as short as the server is fast.
SHORT = Patience(first_pause=0.01, longest_pause=0.05, settle_seconds=5.0)


class Published(NamedTuple):
    """The exit code and the output of a run."""

    exit_code: int
    output: str


@dataclass
class LambdaAccount:
    """The account. `role` is the ARN of a role that functions may have."""

    server: LambdaServer
    build: BuildFolder
    capsys: pytest.CaptureFixture[str]
    role: str = field(init=False)
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        # A client of Lambda as other programs use it. Its requests are recorded, too.
        self.client = boto3.client("lambda", endpoint_url=self.server.url)
        iam = boto3.client("iam", endpoint_url=self.server.url)
        created = iam.create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
        self.role = created["Role"]["Arn"]

    def publish(self, *arguments: str, patience: Patience = SHORT) -> Published:
        """Run the publisher with the request of the build folder, and return what it printed."""
        self.capsys.readouterr()
        code = run_command([self.build.write_request(), *arguments], patience)
        return Published(code, self.capsys.readouterr().out)

    def create_all(self) -> None:
        """Publish with a role, which creates the functions. The record starts after it."""
        role = self.build.options.get("role")
        self.build.options["role"] = self.role
        published = self.publish()
        assert published.exit_code == 0, published.output
        self.build.options["role"] = role
        self.forget()

    def forget(self) -> None:
        """Start the record again."""
        self.server.requests.clear()
        self.server.snapshots.clear()

    def read(self, name: str, qualifier: str | None = None) -> dict[str, Any]:
        """The configuration of a function. The request is not recorded."""
        version = {"Qualifier": qualifier} if qualifier else {}
        before = len(self.server.requests)
        answer = self.client.get_function(FunctionName=name, **version)
        del self.server.requests[before:]
        configuration: dict[str, Any] = answer["Configuration"]
        return configuration

    def layer_names(self, name: str) -> list[str]:
        """The layers of a function, such as `deps:1`."""
        return [":".join(each["Arn"].split(":")[6:]) for each in self.read(name)["Layers"]]

    def attach(self, name: str, layers: Sequence[str]) -> None:
        """Attach layers, as another program does."""
        self.client.update_function_configuration(FunctionName=name, Layers=[*layers])
        for _ in range(self.server.polls):
            self.client.get_function(FunctionName=name)
        self.forget()
