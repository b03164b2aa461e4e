import pytest

from benchmarks.ratios import Line, Spread, line, ratios, spread


def test_a_spread_is_the_median_between_the_extremes() -> None:
    """One slow round moves the highest value, and not the median."""
    assert spread([3.0, 1.0, 9.0, 2.0, 4.0]) == Spread(3.0, 1.0, 9.0)


def test_of_an_even_number_of_rounds_the_median_lies_between_two() -> None:
    """No round is preferred."""
    assert spread([1.0, 2.0]) == Spread(1.5, 1.0, 2.0)


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which the machine was three times as slow leaves the ratio as it is."""
    assert ratios([1.0, 3.0, 1.0], [10.0, 30.0, 10.0]) == Spread(0.1, 0.1, 0.1)


def test_ratios_of_other_rounds_are_refused() -> None:
    """Values of different runs say nothing about each other."""
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([(10.0, 3.0), (20.0, 5.0), (30.0, 7.0)], Line(0.2, 1.0, 1.0), id="on it"),
        pytest.param([(1.0, 2.0), (2.0, 2.0)], Line(0.0, 2.0, 1.0), id="flat"),
        pytest.param([(0.0, 0.0), (1.0, 1.0), (2.0, 0.0)], Line(0.0, 1 / 3, 0.0), id="no trend"),
    ],
)
def test_a_line_through_points(points: list[tuple[float, float]], expected: Line) -> None:
    """The slope is the cost of one more, the intercept what it costs to do anything at all."""
    assert line(points) == pytest.approx(expected)
