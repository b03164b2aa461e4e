"""The errors that the publisher reports to its user.

Each text has up to four paragraphs: the problem and its target, the facts, the reason, and the fix.
"""

from __future__ import annotations


class PublishError(Exception):
    """Base class of the errors that users can fix."""


class InvalidRequest(PublishError):
    """The request file, or a file that it names, cannot be read.

    To fix, package the targets again.
    """


class DuplicateName(PublishError):
    """Two targets have one name in AWS, so the second would overwrite the first.

    To fix, set `function_name` or `layer_name`, or a template that distinguishes them.
    """


class ArtifactTooLarge(PublishError):
    """An artifact is larger than AWS accepts.

    To fix, set `[aws-lambda].s3_bucket` for zips over 50 MB. Move distributions into layers, or
    leave files out, if the unzipped size is over 250 MB.
    """


class TooManyLayers(PublishError):
    """A function would have more than five layers, together with the layers of others.

    To fix, merge layers, or remove the others with `--aws-lambda-replace-layers`.
    """


class MissingCredentials(PublishError):
    """boto3 found no credentials, or only a part of them.

    To fix, run `aws configure` or `aws sso login`, or set `AWS_PROFILE`.
    """


class InvalidCredentials(PublishError):
    """AWS knows no such access key, or the signature is wrong.

    To fix, check `aws sts get-caller-identity`, and select another profile.
    """


class ExpiredCredentials(PublishError):
    """The session token is past its end.

    To fix, run `aws sso login`, or get new credentials as your organization documents.
    """


class AccessDenied(PublishError):
    """The credentials are valid, but lack a permission.

    To fix, add the statement in the message to a policy of the user or role.
    """


class UnknownRegion(PublishError):
    """There is no region, or boto3 does not know it and cannot reach it.

    To fix, set `AWS_REGION`.
    """


class ConnectionLost(PublishError):
    """The network failed, also after retries. The message lists the completed steps.

    To fix, publish again: completed steps are not repeated.
    """


class TooManyRequests(PublishError):
    """AWS throttled a request, also after retries.

    To fix, publish again, or lower `max_parallel`.
    """


class FunctionMissing(PublishError):
    """The function does not exist, and no role is given with which it could be created.

    To fix, type the command in the message, or set `--aws-lambda-role`.
    """


class InvalidRole(PublishError):
    """Lambda cannot assume the role.

    To fix, give the ARN of a role whose trust policy names `lambda.amazonaws.com`.
    """


class CodeSigned(PublishError):
    """The function accepts only signed code, and the publisher does not sign.

    To fix, deploy the signed zip with a pipeline of AWS Signer.
    """


class UnsupportedFunction(PublishError):
    """The function in AWS is a container image, which has no layers and no zip.

    To fix, choose another `function_name`.
    """


class LayerNotPublished(PublishError):
    """A layer of the function could not be published, so the function stayed as it was.

    To fix, fix the error of the layer first.
    """


class UpdateFailed(PublishError):
    """AWS accepted an update of the function and then reported that it failed.

    To fix, remove the reason in the message, and publish again.
    """


class UpdateTooSlow(PublishError):
    """AWS did not complete an update of the function in time.

    To fix, look at the function's state, and publish again.
    """


class FunctionKeepsChanging(PublishError):
    """Another program changed the function each time that the publisher wanted to.

    To fix, publish again when the other deployment is over.
    """


class SmokeTestFailed(PublishError):
    """The new version answered the smoke event with an error, so the alias stayed where it was.

    To fix, fix the function, and publish again.
    """


class S3UploadFailed(PublishError):
    """The bucket for large zips cannot be used.

    To fix, name an existing bucket in the function's region in `[aws-lambda].s3_bucket`.
    """


class RequestRefused(PublishError):
    """AWS refused a request for another reason, which the message quotes."""
