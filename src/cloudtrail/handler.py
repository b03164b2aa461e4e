"""Indexes the log files that CloudTrail delivers to S3 in an OpenSearch domain."""

import os
from typing import Any
from urllib.parse import unquote_plus

import boto3

from cloudtrail.records import documents, is_worth_indexing, read_log
from cloudtrail.search import SearchIndex


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    logs = [log for notification in event["Records"] for log in fetch_log(notification["s3"])]
    worthy = documents(record for record in logs if is_worth_indexing(record))
    if worthy:
        SearchIndex(os.environ["SEARCH_ENDPOINT"], boto3.Session()).add(worthy)

    return {"read": len(logs), "indexed": len(worthy)}


def fetch_log(s3: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of one log file. Notifications of S3 contain the key in quoted form."""
    response = boto3.client("s3").get_object(
        Bucket=s3["bucket"]["name"], Key=unquote_plus(s3["object"]["key"])
    )
    return read_log(response["Body"].read())
