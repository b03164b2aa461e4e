"""The command of the AWS CLI that creates a function, for users who create functions themselves."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from aws_lambda_publisher.request import WantedFunction


def create_function_command(
    function: WantedFunction,
    layers: Sequence[str],
    *,
    region: str,
    package_command: str,
    profile: str | None,
    account: str | None = None,
    s3_object: tuple[str, str] | None = None,
) -> list[str]:
    """The lines of the commands that package and create a function.

    `layers` are ARNs. `package_command` writes the zip, which `publish` does not. `s3_object` is
    the bucket and key to which the zip is copied first, because it is too large for the request.
    The role is the only value that the user must replace.
    """
    code = f"--zip-file {shlex.quote(f'fileb://{function.shown_zip}')}"
    lines = [f"{package_command} {shlex.quote(function.address)}"]
    options = [f"--region {shlex.quote(region)}"]
    if profile:
        options.append(f"--profile {shlex.quote(profile)}")
    if s3_object:
        bucket, key = s3_object
        source = shlex.quote(function.shown_zip)
        lines.append(f"aws s3 cp {source} s3://{bucket}/{key} {' '.join(options)}")
        code = f"--code S3Bucket={bucket},S3Key={key}"
    arguments = [
        f"--function-name {shlex.quote(function.name)}",
        f"--runtime {function.runtime or 'RUNTIME'}",
        f"--architectures {function.architecture or 'x86_64'}",
        f"--handler {shlex.quote(function.handler)}",
        f"--role arn:aws:iam::{account or 'ACCOUNT'}:role/ROLE",
        *([f"--layers {' '.join(map(shlex.quote, layers))}"] if layers else []),
        code,
        *options,
    ]
    lines.append("aws lambda create-function \\")
    lines += [f"  {argument} \\" for argument in arguments[:-1]]
    lines.append(f"  {arguments[-1]}")
    return lines
