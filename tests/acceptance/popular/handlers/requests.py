import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import HTTPError
from urllib3.util.retry import Retry

session = requests.Session()
session.mount("https://", HTTPAdapter(max_retries=Retry(3)))


def handler(event, context):
    return str(
        (
            session.prepare_request(requests.Request("GET", "https://example.com/a")).url,
            HTTPError(),
        )
    )
