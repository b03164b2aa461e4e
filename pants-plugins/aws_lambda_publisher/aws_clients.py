"""The clients of boto3 that the publisher uses, with the operations that it calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import boto3  # pants: no-infer-dep
from botocore.config import Config  # pants: no-infer-dep
from botocore.exceptions import BotoCoreError  # pants: no-infer-dep

from aws_lambda_publisher.aws_errors import known_regions, translate_error
from aws_lambda_publisher.errors import MissingCredentials, UnknownRegion
from aws_lambda_publisher.message_text import columns, describe
from aws_lambda_publisher.redaction import Redaction, hide_values
from aws_lambda_publisher.request import Options

Answer = Mapping[str, Any]

# Attempts of a request that is throttled or whose connection fails, with botocore's exponential
# backoff of up to 20 seconds (botocore's guide on retries, mode "standard", read in 2026).
MAX_ATTEMPTS = 8
# Attempts in a region that botocore does not know, since its name may have a typing error.
_ATTEMPTS_IN_UNKNOWN_REGION = 2
_CONNECT_SECONDS = 10
# AWS answers PublishLayerVersion only after it has read the whole zip.
_READ_SECONDS = 120
# A function may run for 900 seconds (quota page of Lambda, read in 2026).
_INVOKE_SECONDS = 910


class LambdaClient(Protocol):
    """The operations of Lambda that read and write functions and layers."""

    def get_function(self, **parameters: Any) -> Answer: ...
    def get_function_code_signing_config(self, **parameters: Any) -> Answer: ...
    def list_versions_by_function(self, **parameters: Any) -> Answer: ...
    def get_alias(self, **parameters: Any) -> Answer: ...
    def list_layer_versions(self, **parameters: Any) -> Answer: ...
    def get_layer_version(self, **parameters: Any) -> Answer: ...
    def create_function(self, **parameters: Any) -> Answer: ...
    def update_function_configuration(self, **parameters: Any) -> Answer: ...
    def update_function_code(self, **parameters: Any) -> Answer: ...
    def publish_version(self, **parameters: Any) -> Answer: ...
    def create_alias(self, **parameters: Any) -> Answer: ...
    def update_alias(self, **parameters: Any) -> Answer: ...


class LayerPublisher(Protocol):
    """The operation that publishes a version of a layer."""

    def publish_layer_version(self, **parameters: Any) -> Answer: ...


class Invoker(Protocol):
    """The operation that invokes a function."""

    def invoke(self, **parameters: Any) -> Answer: ...


class S3Client(Protocol):
    """The operations of S3 for large zips."""

    def head_object(self, **parameters: Any) -> Answer: ...
    def put_object(self, **parameters: Any) -> Answer: ...


class StsClient(Protocol):
    """The operation that names the account of the credentials."""

    def get_caller_identity(self) -> Answer: ...


@dataclass(frozen=True)
class Aws:
    """The connection to one account and region.

    `layer_publisher` and `invoker` do not repeat a request by themselves: the request may have
    had its effect although the answer was lost.
    """

    functions: LambdaClient
    layer_publisher: LayerPublisher
    invoker: Invoker
    s3: S3Client
    sts: StsClient
    region: str
    partition: str
    profile: str | None = None
    redaction: Redaction = field(default_factory=Redaction, repr=False)


def connect(options: Options) -> Aws:
    """Make the clients, with credentials from boto3's chain. Raises `PublishError`.

    No request is sent, except to the service that the chain gets credentials from.
    """
    try:
        session = boto3.Session(profile_name=options.profile, region_name=options.region)
        region = session.region_name
        if not region:
            raise UnknownRegion(
                describe(
                    "There is no AWS region to publish to.",
                    facts=columns(
                        [
                            ("looked for", "AWS_REGION and AWS_DEFAULT_REGION"),
                            ("", f"`region` of the profile {session.profile_name}"),
                        ]
                    ),
                    fix="set the region, such as `AWS_REGION=eu-west-1`.",
                )
            )
        credentials = session.get_credentials()
        if credentials is None:
            raise MissingCredentials(_describe_missing(session.profile_name))
        frozen = credentials.get_frozen_credentials()
        attempts = MAX_ATTEMPTS if region in known_regions() else _ATTEMPTS_IN_UNKNOWN_REGION
        retried = _config(options, attempts=attempts, read_seconds=_READ_SECONDS)
        once = _config(options, attempts=1, read_seconds=_READ_SECONDS)
        invoking = _config(options, attempts=1, read_seconds=_INVOKE_SECONDS)

        def client(service: str, config: Config) -> Any:
            # The session of a client reads files, so clients are made in one thread.
            return session.client(service, config=config, endpoint_url=options.endpoint_url)

        return Aws(
            functions=client("lambda", retried),
            layer_publisher=client("lambda", once),
            invoker=client("lambda", invoking),
            s3=client("s3", retried),
            sts=client("sts", retried),
            region=region,
            partition=session.get_partition_for_region(region),
            profile=options.profile,
            redaction=hide_values([frozen.access_key, frozen.secret_key, frozen.token]),
        )
    except BotoCoreError as error:
        raise translate_error(error) from error


def _config(options: Options, *, attempts: int, read_seconds: int) -> Config:
    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=options.max_parallel,
        user_agent_extra="aws-lambda-publisher",
    )


def _describe_missing(profile: str) -> str:
    return describe(
        "boto3 found no AWS credentials.",
        facts=columns(
            [
                ("looked for", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
                ("", f"the profile {profile} in ~/.aws"),
                ("", "the role of this machine"),
            ]
        ),
        fix="run `aws configure` or `aws sso login`, or set `AWS_PROFILE`.",
    )
