from typing import Any


def test_two_functions_at_once(lambda_function: Any) -> None:
    """Each function has its own process, with the layers that both attach."""
    add, multiply = map(lambda_function, ["src/functions/add:fn", "src/functions/multiply:fn"])

    assert add.invoke({"numbers": [1, 2]}).response == {"sum": 3}
    assert multiply.invoke({"numbers": [3, 2]}).response == {"product": 6}


def test_second_event_in_a_warm_process(lambda_function: Any) -> None:
    """Only the first invocation has an init phase, and logs its duration."""
    add = lambda_function("src/functions/add:fn")
    cold, warm = add.invoke({"numbers": []}), add.invoke({"numbers": []})

    assert cold.init_ms > 0
    assert warm.init_ms is None
    assert "INIT_START" in cold.logs
    assert "INIT_START" not in warm.logs


def test_function_raises_an_error(lambda_function: Any) -> None:
    """The result of the invocation contains the type of the error, Lambda's answer and the log."""
    add = lambda_function("src/functions/add:fn")
    failed = add.invoke({"numbers": ["many"]})

    assert failed.error == failed.json["errorType"] == "ValidationError"
    assert "[ERROR] ValidationError: 1 validation error for Operands" in failed.logs
