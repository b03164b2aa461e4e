import pytest
from pydantic import ValidationError

from functions.add.handler import handler


@pytest.mark.parametrize(("numbers", "expected"), [([1, 2, 3.5], 6.5), ([-4], -4)])
def test_numbers_are_added(numbers: list[float], expected: float) -> None:
    """The answer is the sum of all numbers of the event."""
    assert handler({"numbers": numbers}, None) == {"sum": expected}


@pytest.mark.parametrize("event", [{}, {"numbers": []}, {"numbers": ["one"]}])
def test_an_event_without_numbers_is_refused(event: dict[str, object]) -> None:
    """The shared model judges the event before anything is added."""
    with pytest.raises(ValidationError):
        handler(event, None)
