import redis
from redis.asyncio import Redis
from redis.exceptions import ConnectionError


def handler(event, context):
    return str(
        (
            redis.Redis().get_encoder().encode("a"),
            Redis.__name__,
            ConnectionError.__name__,
        )
    )
