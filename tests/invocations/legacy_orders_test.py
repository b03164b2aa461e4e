from typing import Any


def test_a_function_of_another_python(lambda_function: Any) -> None:
    """It runs on its own runtime's version, whatever this test runs on."""
    orders = lambda_function("src/legacy_orders:fn")
    answered = orders.invoke({"orders": [{"amount": 1}, {"amount": 3}]})

    assert answered.response == {"total": 4, "median": 2}
    assert "INIT_START Runtime Version: python:3.11" in answered.logs
