"""An OpenSearch domain, which requires signed requests."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
import requests
from aws_requests_auth.aws_auth import AWSRequestsAuth

INDEX = "cloudtrail"
TIMEOUT_SECONDS = 10


class SearchIndex:
    def __init__(self, endpoint: str, session: boto3.Session) -> None:
        credentials = session.get_credentials().get_frozen_credentials()
        self.url = f"{endpoint}/{INDEX}/_bulk"
        self.auth = AWSRequestsAuth(
            aws_access_key=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_token=credentials.token,
            aws_host=urlsplit(endpoint).netloc,
            aws_region=session.region_name,
            aws_service="es",
        )

    def add(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Write all documents in one request."""
        response = requests.post(
            self.url,
            data=bulk(documents),
            headers={"Content-Type": "application/x-ndjson"},
            auth=self.auth,
            timeout=TIMEOUT_SECONDS,
        )
        response.raise_for_status()


def bulk(documents: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The body of a bulk request: for each document, a line with its identifier, and its JSON."""
    return "".join(
        f"{json.dumps(line)}\n"
        for identifier, document in documents.items()
        for line in ({"index": {"_id": identifier}}, document)
    ).encode()
