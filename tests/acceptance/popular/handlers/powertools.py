from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger(service="orders")
metrics = Metrics(namespace="orders", service="orders")
app = APIGatewayRestResolver()


@app.get("/")
def orders() -> dict[str, int]:
    return {"count": 2}


def handler(event, context):
    return str(
        (
            app.resolve(event, LambdaContext())["body"],
            Tracer(disabled=True).service,
            logger.service,
            metrics.namespace,
            MetricUnit.Count.value,
            correlation_paths.API_GATEWAY_REST,
        )
    )
