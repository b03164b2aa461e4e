"""Writes a summary of each CSV file that arrives in a bucket."""

import json
import os
from typing import Any
from urllib.parse import unquote_plus

import boto3

from summaries.table import summarize

SUMMARIES = os.environ["SUMMARIES"]
s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: object) -> dict[str, list[str]]:
    """`event` is a notification of S3. Summaries go to the bucket that `SUMMARIES` names."""
    return {"written": [write_summary(record["s3"]) for record in event["Records"]]}


def write_summary(arrived: dict[str, Any]) -> str:
    """Write the summary of one object, and return its key."""
    # Notifications of S3 contain the key in quoted form.
    key = unquote_plus(arrived["object"]["key"])
    body = s3.get_object(Bucket=arrived["bucket"]["name"], Key=key)["Body"].read()
    summary = json.dumps(summarize(body.decode().splitlines())).encode()
    written = f"{key}.json"
    s3.put_object(Bucket=SUMMARIES, Key=written, Body=summary)
    return written
