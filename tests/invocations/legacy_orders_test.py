from typing import Any


def test_function_for_another_python(lambda_function: Any) -> None:
    """The function runs on the Python of its runtime, and not on that of the test."""
    orders = lambda_function("src/legacy_orders:fn")
    invocation = orders.invoke({"orders": [{"amount": 1}, {"amount": 3}]})

    assert invocation.response == {"total": 4, "median": 2}
    assert "INIT_START Runtime Version: python:3.11" in invocation.logs
