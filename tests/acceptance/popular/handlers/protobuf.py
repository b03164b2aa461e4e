from google.protobuf import json_format, struct_pb2
from google.protobuf.timestamp_pb2 import Timestamp


def handler(event, context):
    return str(
        (
            json_format.MessageToJson(struct_pb2.Struct()),
            Timestamp(seconds=1).ToJsonString(),
        )
    )
