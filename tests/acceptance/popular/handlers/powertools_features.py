import os

# Lambda sets it; a client needs a region as soon as it is made.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

import boto3
from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyPersistenceLayerError

store = AppConfigStore(environment="test", application="orders", name="features")
flags = FeatureFlags(store=store)
seen = DynamoDBPersistenceLayer(table_name="seen", boto3_client=boto3.client("dynamodb"))
config = IdempotencyConfig(event_key_jmespath="[path, httpMethod]")


@idempotent(persistence_store=seen, config=config)
def order(event, context):
    return event["path"]


def handler(event, context):
    try:
        answer = order(event, context)
    except IdempotencyPersistenceLayerError as error:
        # Without credentials: the event was read, and the table asked.
        answer = type(error.__cause__ or error).__name__
    return str((answer, flags.evaluate(name="discount", default=False)))
