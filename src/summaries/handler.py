"""Keeps, for each CSV file that arrives in a bucket, what its numbers add up to."""

import json
import os
from typing import Any
from urllib.parse import unquote_plus

import boto3

from summaries.table import summarise

SUMMARIES = os.environ["SUMMARIES"]
s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: object) -> dict[str, list[str]]:
    """`event` is S3's notification. Summaries go to the bucket that `SUMMARIES` names."""
    return {"written": [keep_summary(record["s3"]) for record in event["Records"]]}


def keep_summary(arrived: dict[str, Any]) -> str:
    """Writes the summary of one object, and gives its key."""
    # S3 quotes the key in its notifications.
    key = unquote_plus(arrived["object"]["key"])
    body = s3.get_object(Bucket=arrived["bucket"]["name"], Key=key)["Body"].read()
    summary = json.dumps(summarise(body.decode().splitlines())).encode()
    written = f"{key}.json"
    s3.put_object(Bucket=SUMMARIES, Key=written, Body=summary)
    return written
