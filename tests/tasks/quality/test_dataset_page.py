from schemas.expectations.bounds import Span
from tasks.quality.dataset_page import sparkline


def test_sparkline_by_example() -> None:
    """`sparkline`, by its plainest cases."""
    drawn = sparkline([1, 3], 2, Span(1, 3))
    assert drawn is not None
    assert (drawn["points"], drawn["band"]) == (
        [(6.0, 34.0), (88.0, 6.0), (170.0, 20.0)],
        (6.0, 28.0),
    )
