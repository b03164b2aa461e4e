import sentry_sdk
from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

sentry_sdk.init(dsn="", integrations=[AwsLambdaIntegration(), LoggingIntegration()])


def handler(event, context):
    return str(
        (
            sentry_sdk.capture_message("a"),
            sentry_sdk.is_initialized(),
        )
    )
