"""Expectations about totals, for figures whose sum is meaningful."""

from schemas.expectations.bounds import AtLeast, Near
from schemas.expectations.common import TOTALS
from schemas.expectations.expectation import Expectation


def total(figure: str, noun: str, *, fall: float, rise: float) -> Expectation:
    """Return the expectation about the sum of a figure over all rows."""
    return Expectation(
        name=f"total_{figure}",
        topic=TOTALS,
        title=f"The total of {spoken(figure)} is near the one before",
        note="The sum over all rows; rows counted twice, or a slip of the unit, show here.",
        fact="sum",
        noun=noun,
        figure=figure,
        bound=Near(fall=fall, rise=rise),
    )


def running_total(figure: str, noun: str, *, rise: float = 0.25) -> Expectation:
    """Return the expectation about the sum of the newest running totals."""
    return Expectation(
        name=f"total_{figure}",
        topic=TOTALS,
        title=f"The total of {spoken(figure)} neither falls nor leaps",
        note=(
            "The sum of the newest figure of each line; it runs on from the beginning, so that "
            "less than before means that something was taken back or lost, and far more that "
            "something was counted twice, or in another unit."
        ),
        fact="newest_sum",
        noun=noun,
        figure=figure,
        bound=Near(fall=0.01, rise=rise),
    )


def new_total(figure: str, noun: str) -> Expectation:
    """Return the expectation about the sum of new figures over all reports."""
    return Expectation(
        name=f"total_{figure}",
        topic=TOTALS,
        title=f"The sum of new {spoken(figure)} neither falls nor leaps",
        note=(
            "The sum over all reports; it grows with every report, so that less than before means "
            "that reports were taken back or lowered, and far more that some were counted twice."
        ),
        fact="sum",
        noun=noun,
        figure=figure,
        bound=Near(fall=0.01, rise=0.25, rise_needs=2),
    )


def adds_up(stem: str) -> Expectation:
    """Return the expectation that new figures equal the rise of the running total."""
    return Expectation(
        name=f"adds_up_{stem}",
        topic=TOTALS,
        title=f"New {spoken(stem)} add up to the running total",
        note=(
            f"The share of reports whose {spoken(stem)} since the beginning rose by exactly the "
            f"new ones; where it falls, the past was rewritten without the total, or the reverse."
        ),
        fact="steps_kept",
        unit="share",
        figure=stem,
        bound=AtLeast(margin=0.02),
    )


def spoken(column: str) -> str:
    """Return the name of a column as words.

    >>> spoken("people_tested_cumulative")
    'people tested'
    """
    return column.removesuffix("_cumulative").removesuffix("_new").replace("_", " ")
