import httpx


def handler(event, context):
    return str((httpx.Client(timeout=5).build_request("GET", "https://example.com/a").url.path,))
