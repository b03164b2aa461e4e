"""How zips reach AWS: in the request, or through S3 if they are too large for it."""

from __future__ import annotations

import base64
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # pants: no-infer-dep

from aws_lambda_publisher.aws_clients import Aws
from aws_lambda_publisher.aws_errors import error_code
from aws_lambda_publisher.aws_reading import translated
from aws_lambda_publisher.errors import ArtifactTooLarge
from aws_lambda_publisher.message_text import columns, describe, format_bytes
from aws_lambda_publisher.update_order import MAX_UNZIPPED_BYTES

# AWS's limit for a zip in a request. A request of UpdateFunctionCode must be smaller than
# 69,905,067 bytes, which is the same in base64 (quota page of Lambda, read in 2026).
MAX_DIRECT_BYTES = 52_428_800


def check_size(name: str, *, zip_bytes: int, unzipped_bytes: int, s3_bucket: str | None) -> None:
    """Raise `ArtifactTooLarge` before a request that AWS would refuse.

    `name` is the artifact as the message names it. `unzipped_bytes` includes the layers.
    """
    if unzipped_bytes > MAX_UNZIPPED_BYTES:
        raise ArtifactTooLarge(
            describe(
                f"{name} is larger than Lambda accepts.",
                facts=columns(
                    [
                        ("unzipped, with layers", format_bytes(unzipped_bytes)),
                        ("AWS's limit", format_bytes(MAX_UNZIPPED_BYTES)),
                    ]
                ),
                fix="leave files out with `exclude`, or remove dependencies.",
            )
        )
    if zip_bytes > MAX_DIRECT_BYTES and not s3_bucket:
        raise ArtifactTooLarge(
            describe(
                f"{name} is too large for a direct upload.",
                facts=columns(
                    [
                        ("zip", format_bytes(zip_bytes)),
                        ("AWS's limit", format_bytes(MAX_DIRECT_BYTES)),
                    ]
                ),
                why="A larger zip must be uploaded to S3 first.",
                fix="set `[aws-lambda].s3_bucket` to a bucket in the function's region.",
            )
        )


def object_key(code_sha256: str) -> str:
    """The key in S3 of a zip: the SHA-256 of its bytes in hex."""
    return f"aws-lambda/{base64.b64decode(code_sha256).hex()}.zip"


@dataclass(frozen=True)
class ZipUploads:
    """Provides zips to AWS. Threads share it, so that equal zips are uploaded once."""

    aws: Aws
    bucket: str | None
    _locks: defaultdict[str, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def provide(
        self, *, subject: str, path: str, zip_bytes: int, code_sha256: str
    ) -> dict[str, Any]:
        """The parameters that tell AWS where a zip is: its bytes, or an object in S3."""
        if zip_bytes <= MAX_DIRECT_BYTES or not self.bucket:
            with open(path, "rb") as file:
                return {"ZipFile": file.read()}
        key = object_key(code_sha256)
        with self._lock:
            lock = self._locks[key]
        with lock, translated(f"{subject} in s3://{self.bucket}/{key}"):
            if not self._is_uploaded(key, code_sha256):
                with open(path, "rb") as file:
                    self.aws.s3.put_object(
                        Bucket=self.bucket,
                        Key=key,
                        Body=file,
                        ChecksumAlgorithm="SHA256",
                        ChecksumSHA256=code_sha256,
                    )
        return {"S3Bucket": self.bucket, "S3Key": key}

    def _is_uploaded(self, key: str, code_sha256: str) -> bool:
        """Whether the bucket contains the object with the same bytes, by S3's own checksum."""
        try:
            answer = self.aws.s3.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error_code(error) in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise
        return bool(answer.get("ChecksumSHA256") == code_sha256)
