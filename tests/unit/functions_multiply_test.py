import pytest

from functions.multiply.handler import handler


@pytest.mark.parametrize(("numbers", "expected"), [([2, 3, 0.5], 3), ([-4], -4)])
def test_numbers_are_multiplied(numbers: list[float], expected: float) -> None:
    """The answer is the product of all numbers in the event."""
    assert handler({"numbers": numbers}, None) == {"product": expected}
