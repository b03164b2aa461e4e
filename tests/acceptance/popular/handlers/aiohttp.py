import aiohttp
from aiohttp.client_exceptions import ClientError


def handler(event, context):
    return str(
        (
            aiohttp.ClientTimeout(total=5).total,
            issubclass(ClientError, Exception),
        )
    )
