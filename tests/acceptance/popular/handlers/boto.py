import boto3
from boto3.dynamodb.conditions import Key
from botocore.config import Config
from botocore.exceptions import ClientError


def handler(event, context):
    return str(
        (
            boto3.client(
                "s3", region_name="eu-west-1", config=Config(retries={"max_attempts": 1})
            ).meta.region_name,
            Key("id").eq(1).get_expression()["operator"],
            ClientError.MSG_TEMPLATE,
        )
    )
