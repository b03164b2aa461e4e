from typing import Any


def test_two_functions_at_once(lambda_function: Any) -> None:
    """Each has a process of its own, with the layers that both attach."""
    add, multiply = map(lambda_function, ["src/functions/add:fn", "src/functions/multiply:fn"])

    assert add.invoke({"numbers": [1, 2]}).response == {"sum": 3}
    assert multiply.invoke({"numbers": [3, 2]}).response == {"product": 6}


def test_the_second_event_finds_a_warm_process(lambda_function: Any) -> None:
    """Only the first has an init phase, and says how long it took."""
    add = lambda_function("src/functions/add:fn")
    cold, warm = add.invoke({"numbers": []}), add.invoke({"numbers": []})

    assert cold.init_ms > 0
    assert warm.init_ms is None
    assert "INIT_START" in cold.logs
    assert "INIT_START" not in warm.logs


def test_an_event_that_is_refused(lambda_function: Any) -> None:
    """A function's error is a value: what Lambda answers, its type, and the log with it."""
    add = lambda_function("src/functions/add:fn")
    refused = add.invoke({"numbers": ["many"]})

    assert refused.error == refused.json["errorType"] == "ValidationError"
    assert "[ERROR] ValidationError: 1 validation error for Operands" in refused.logs
