"""Answers JMESPath queries."""

from typing import Any

import jmespath


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"result": jmespath.search(event["query"], event["document"])}
