import structlog
from structlog.contextvars import bind_contextvars


def handler(event, context):
    return str(
        (
            structlog.get_logger().bind(a=1).info("text"),
            bind_contextvars(b=2),
        )
    )
