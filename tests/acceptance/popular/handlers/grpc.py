import grpc
from grpc import aio


def handler(event, context):
    return str(
        (
            grpc.insecure_channel("localhost:1").close(),
            grpc.StatusCode.OK.name,
            aio.Metadata(),
        )
    )
