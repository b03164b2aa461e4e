import pytest
from pydantic import ValidationError

from functions.add.handler import handler


@pytest.mark.parametrize(("numbers", "expected"), [([1, 2, 3.5], 6.5), ([-4], -4)])
def test_numbers_are_added(numbers: list[float], expected: float) -> None:
    """The answer is the sum of all numbers in the event."""
    assert handler({"numbers": numbers}, None) == {"sum": expected}


@pytest.mark.parametrize("event", [{}, {"numbers": []}, {"numbers": ["one"]}])
def test_event_without_numbers(event: dict[str, object]) -> None:
    """The shared model validates the event."""
    with pytest.raises(ValidationError):
        handler(event, None)
