"""Translates the exceptions of boto3 into messages that say how to fix the problem."""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Collection, Mapping, Sequence

import botocore.session  # pants: no-infer-dep
from botocore import exceptions as boto  # pants: no-infer-dep

from aws_lambda_publisher.errors import (
    AccessDenied,
    ArtifactTooLarge,
    CodeSigned,
    ConnectionLost,
    ExpiredCredentials,
    InvalidCredentials,
    InvalidRole,
    MissingCredentials,
    PublishError,
    RequestRefused,
    S3UploadFailed,
    TooManyRequests,
    UnknownRegion,
)
from aws_lambda_publisher.message_text import columns, describe

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_INVALID = {
    "AuthFailure",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "SlowDown",
    "EC2ThrottledException",
}
_SIGNING = {
    "CodeVerificationFailedException",
    "InvalidCodeSignatureException",
    "CodeSigningConfigNotFoundException",
}
_TOO_LARGE = {"RequestEntityTooLargeException", "RequestTooLargeException", "EntityTooLarge"}
_BUCKET = {"NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed", "301"}

# Actions in policies that are not called like their operation, as lists.
_ACTIONS: Mapping[str, Sequence[str]] = {
    "Invoke": ("lambda:InvokeFunction",),
    "CreateFunction": ("lambda:CreateFunction", "iam:PassRole"),
    # Without s3:ListBucket, S3 answers 403 instead of 404 for an object that does not exist.
    "HeadObject": ("s3:GetObject", "s3:ListBucket"),
    "PutObject": ("s3:PutObject",),
}

# "User: … is not authorized to perform: lambda:GetFunction on resource: arn:… because no …"
_NOT_AUTHORIZED = re.compile(
    r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?"
)
# The region in a URL such as https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions.
_REGION_IN_URL = re.compile(r"\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)\.")


def error_code(error: Exception) -> str:
    """The code of AWS's answer, such as `ResourceNotFoundException`; empty for other exceptions."""
    if isinstance(error, boto.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def error_message(error: Exception) -> str:
    """The message of AWS's answer, or the text of another exception."""
    if isinstance(error, boto.ClientError):
        answer = error.response
        return str(answer.get("Error", {}).get("Message") or answer.get("message") or error)
    return str(error)


def is_connection_error(error: Exception) -> bool:
    """Whether a request may have had its effect although the answer is unknown."""
    return isinstance(error, (boto.ConnectionError, boto.HTTPClientError))


def translate_error(
    error: Exception, *, subject: str = "AWS", completed: Sequence[str] = ()
) -> PublishError:
    """The error for the user. `subject` is the function, layer or object that a request was about.

    `completed` are the steps that AWS has carried out for it.
    """
    if isinstance(error, boto.ClientError):
        return _translate_answer(error, subject, completed)
    return _translate_local(error, subject, completed)


def _translate_local(error: Exception, subject: str, completed: Sequence[str]) -> PublishError:
    text = [str(error)]
    if isinstance(
        error, (boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound)
    ):
        return MissingCredentials(
            describe(
                "boto3 found no complete AWS credentials.",
                facts=text,
                fix="run `aws configure` or `aws sso login`, or set `AWS_PROFILE`.",
            )
        )
    if isinstance(
        error, (boto.SSOTokenLoadError, boto.TokenRetrievalError, boto.UnauthorizedSSOTokenError)
    ):
        return ExpiredCredentials(
            describe(
                "The login at AWS IAM Identity Center is missing or has expired.",
                facts=text,
                fix="run `aws sso login`.",
            )
        )
    if isinstance(error, (boto.UnknownRegionError, boto.InvalidRegionError)):
        return _describe_region(str(error.kwargs.get("region_name") or ""), str(error))
    if is_connection_error(error):
        reason = "failed"
        if isinstance(error, boto.EndpointConnectionError):
            reason = "could not be reached"
            found = _REGION_IN_URL.search(str(error.kwargs["endpoint_url"]))
            if found and found["region"] not in known_regions():
                return _describe_region(found["region"], str(error))
        return ConnectionLost(
            describe(
                f"The connection to AWS {reason}, also after retries, while publishing {subject}.",
                facts=[*text, *_describe_completed(completed)],
                why="Steps that AWS has completed are not repeated.",
                fix="check the network and the region, and publish again.",
            )
        )
    return RequestRefused(
        describe(
            f"boto3 could not send a request for {subject}.",
            facts=[f"{type(error).__name__}: {error}", *_describe_completed(completed)],
            fix="correct the value that the message names, and publish again.",
        )
    )


@functools.cache
def known_regions() -> Collection[str]:
    """The regions in which botocore knows Lambda. AWS may have newer ones."""
    session = botocore.session.Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("lambda", partition_name=partition)
    )


def _describe_region(region: str, text: str) -> UnknownRegion:
    similar = difflib.get_close_matches(region, sorted(known_regions()))
    return UnknownRegion(
        describe(
            f"boto3 does not know the AWS region {region}, and cannot reach it. Nothing was "
            "published.",
            facts=columns([("similar regions", ", ".join(similar) or "none"), ("error", text)]),
            fix=f"set the region, such as `AWS_REGION={(*similar, 'eu-west-1')[0]}`. If AWS has a "
            f"new region {region}, check the network.",
        )
    )


def _translate_answer(
    error: boto.ClientError, subject: str, completed: Sequence[str]
) -> PublishError:
    code, message, operation = error_code(error), error_message(error), str(error.operation_name)
    facts = [
        *columns([("request", operation), ("answer", f"{code}: {message}")]),
        *_describe_completed(completed),
    ]
    if code in _EXPIRED:
        return ExpiredCredentials(
            describe(
                "The AWS credentials have expired.",
                facts=facts,
                fix="run `aws sso login`, or get new credentials, and publish again.",
            )
        )
    if code in _INVALID:
        return InvalidCredentials(
            describe(
                "AWS does not accept the credentials.",
                facts=facts,
                fix="check them with `aws sts get-caller-identity`, or set `AWS_PROFILE`.",
            )
        )
    if code in _SIGNING:
        return CodeSigned(
            describe(
                f"{subject} accepts only signed code.",
                facts=facts,
                fix="deploy the zip with a pipeline that signs it with AWS Signer.",
            )
        )
    if "role" in message and ("assumed" in message or "'role'" in message):
        return InvalidRole(
            describe(
                f"Lambda cannot use the role of {subject}.",
                facts=facts,
                why="AWS needs a few seconds until it knows a new role.",
                fix="give `--aws-lambda-role` the ARN of a role in this account whose trust policy "
                "names `lambda.amazonaws.com`.",
            )
        )
    if code in _DENIED or (code == "403" and operation in _ACTIONS):
        return _describe_denied(operation, message, facts)
    if code in _THROTTLED:
        return TooManyRequests(
            describe(
                f"AWS throttled the requests for {subject}, also after retries.",
                facts=facts,
                fix="wait a minute and publish again. Completed steps are not repeated.",
            )
        )
    if code in _BUCKET or (code == "404" and operation == "PutObject"):
        return S3UploadFailed(
            describe(
                f"The bucket for {subject} cannot be used.",
                facts=facts,
                fix="name a bucket in the function's region in `[aws-lambda].s3_bucket`.",
            )
        )
    if code in _TOO_LARGE or "nzipped size" in message or "maximum allowed size" in message:
        return ArtifactTooLarge(
            describe(
                f"{subject} is larger than AWS accepts.",
                facts=facts,
                fix="move distributions into layers, or leave files out with `exclude`.",
            )
        )
    return RequestRefused(
        describe(
            f"AWS refused a request for {subject}.",
            facts=facts,
            fix="remove the reason that AWS gives, and publish again.",
        )
    )


def _describe_denied(operation: str, message: str, facts: Sequence[str]) -> AccessDenied:
    found = _NOT_AUTHORIZED.search(message)
    actions = [found["action"]] if found else _ACTIONS.get(operation, (f"lambda:{operation}",))
    resource = (found["resource"] if found else None) or "*"
    statement = json.dumps({"Effect": "Allow", "Action": [*actions], "Resource": resource})
    if "explicit deny" in message:
        return AccessDenied(
            describe(
                f"A policy denies {' and '.join(actions)} to these credentials.",
                facts=facts,
                why="An explicit deny overrides every statement that allows an action.",
                fix="ask the owner of that policy for an exception.",
            )
        )
    return AccessDenied(
        describe(
            f"The credentials lack permission for {' and '.join(actions)}.",
            facts=facts,
            fix=f"add this statement to a policy of the user or role:\n\n  {statement}",
        )
    )


def _describe_completed(completed: Sequence[str]) -> list[str]:
    if not completed:
        return []
    return columns([("completed" if i == 0 else "", step) for i, step in enumerate(completed)])
