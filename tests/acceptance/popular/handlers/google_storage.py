from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage


def handler(event, context):
    return str(
        (
            storage.Client("project", AnonymousCredentials()).bucket("bucket").path,
            NotFound.code,
        )
    )
