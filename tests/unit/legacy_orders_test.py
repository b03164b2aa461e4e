from legacy_orders.handler import handler


def test_total_and_median_of_orders() -> None:
    """The answer contains the total and the median of all amounts."""
    event = {"orders": [{"amount": 1}, {"amount": 2.5}, {"amount": 10}]}

    assert handler(event, None) == {"total": 13.5, "median": 2.5}


def test_day_without_orders() -> None:
    """Total and median are zero."""
    assert handler({"orders": []}, None) == {"total": 0.0, "median": 0.0}
