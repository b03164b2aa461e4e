"""Keeps records in a bucket of Google Cloud Storage."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import google.auth
from google.cloud import storage


def handler(event: dict[str, Any], context: object) -> dict[str, list[str]]:
    """`credentials` is a credential configuration of Google, such as for a federated identity."""
    credentials, _ = google.auth.load_credentials_from_dict(event["credentials"])
    client = storage.Client(project=event["project"], credentials=credentials)
    return {"kept": keep(event["records"], client.bucket(event["bucket"]))}


def keep(records: Iterable[Mapping[str, Any]], bucket: storage.Bucket) -> list[str]:
    """Write each record under its identifier, and return the names of the objects."""
    names = []
    for record in records:
        blob = bucket.blob(f"records/{record['id']}.json")
        blob.upload_from_string(json.dumps(record), content_type="application/json")
        names.append(blob.name)
    return names
