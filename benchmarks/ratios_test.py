import pytest

from benchmarks.ratios import Line, Spread, fit_line, ratios, spread


def test_spread_of_an_odd_number_of_rounds() -> None:
    """A slow round changes the highest value, but not the median."""
    assert spread([3.0, 1.0, 9.0, 2.0, 4.0]) == Spread(3.0, 1.0, 9.0)


def test_spread_of_an_even_number_of_rounds() -> None:
    """The median is the mean of the two values in the middle."""
    assert spread([1.0, 2.0]) == Spread(1.5, 1.0, 2.0)


def test_ratios_within_a_round() -> None:
    """A round in which the machine is three times as slow does not change the ratio."""
    assert ratios([1.0, 3.0, 1.0], [10.0, 30.0, 10.0]) == Spread(0.1, 0.1, 0.1)


def test_ratios_of_different_numbers_of_rounds() -> None:
    """Values of different rounds cannot be compared."""
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param(
            [(10.0, 3.0), (20.0, 5.0), (30.0, 7.0)], Line(0.2, 1.0, 1.0), id="perfect fit"
        ),
        pytest.param([(1.0, 2.0), (2.0, 2.0)], Line(0.0, 2.0, 1.0), id="flat"),
        pytest.param([(0.0, 0.0), (1.0, 1.0), (2.0, 0.0)], Line(0.0, 1 / 3, 0.0), id="no trend"),
    ],
)
def test_line_through_points(points: list[tuple[float, float]], expected: Line) -> None:
    """The slope is the cost per unit of size, and the intercept the fixed cost."""
    assert fit_line(points) == pytest.approx(expected)
