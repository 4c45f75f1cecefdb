"""The first sentence of a country page follows from the steps, whatever they are."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tasks.site.figures.country_series import Series, Step
from tasks.site.figures.lead_sentence import delivered_sentence, lead_sentence

WEEK = timedelta(days=7)
NAMES = {"unicef_market": "UNICEF's dashboard"}


def series(*shown: tuple[str, float | None], mechanism: str = "") -> Series:
    """Return doses allocated, by day."""
    before, steps = None, list[Step]()
    for day, value in shown:
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        steps.append(Step(as_of=at, value=value, before=before, vintage_id=day, source_url=None))
        before = value
    return Series(
        dataset="unicef_market.allocations",
        measure="doses_allocated",
        steps=steps,
        mechanism=mechanism,
    )


def sentence(one: Series, versions: Sequence[str] = ()) -> str:
    """Return the sentence on Ghana."""
    known = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in versions]
    return lead_sentence(
        one,
        "GHA",
        shown_by="UNICEF's dashboard",
        cadence=WEEK,
        versions=known or [step.as_of for step in one.steps],
    )


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            [("2022-01-01", 500)],
            (
                "UNICEF's dashboard showed 500 doses allocated to Ghana (GHA) from 1 Jan 2022 on,"
                " and no other figure."
            ),
        ),
        (
            [("2022-01-01", 0), ("2022-01-08", None)],
            "UNICEF's dashboard showed no doses allocated to Ghana (GHA) above 0 in any version.",
        ),
        (
            [("2022-01-01", 100), ("2022-01-08", 500)],
            (
                "The doses allocated to Ghana (GHA) rose from 100, shown on 1 Jan 2022, to 500 on"
                " 8 Jan 2022, the highest."
            ),
        ),
        (
            [("2022-01-01", 500), ("2022-01-08", 100), ("2022-01-15", 50), ("2022-02-25", None)],
            (
                "The doses allocated to Ghana (GHA) fell from 500, shown on 1 Jan 2022, to 50 in"
                " January 2022 and to no figure by 25 Feb 2022."
            ),
        ),
        (
            [("2022-01-01", None), ("2022-01-08", 500), ("2022-01-15", 0), ("2022-01-22", 20)],
            (
                "The doses allocated to Ghana (GHA) fell from 500, shown on 8 Jan 2022, to 0 on"
                " 15 Jan 2022 and rose to 20 on 22 Jan 2022."
            ),
        ),
    ],
)
def test_the_sentence_follows_from_the_steps(
    shown: list[tuple[str, float | None]], expected: str
) -> None:
    """One version, zeros only, a rise, falls of one month, a figure that is gone, one before it."""
    assert sentence(series(*shown)) == expected


def test_many_moves_become_the_lowest_and_the_newest() -> None:
    """A sentence lists four moves at most."""
    shown = [
        (f"2022-0{month}-01", 900 - value) for month, value in enumerate((0, 5, 1, 8, 2, 7), 1)
    ]
    text = sentence(series(*shown, mechanism="COVAX"))
    assert text == (
        "The doses allocated to Ghana (GHA) by COVAX fell from 900, shown on 1 Jan 2022, to 892"
        " by 1 Apr 2022 and rose to 893 by 1 Jun 2022."
    )


def test_a_step_after_a_silence_is_by_and_not_on_a_day() -> None:
    """It may be as old as the version before; versions without a change count, too."""
    one = series(("2022-01-01", 500), ("2022-02-05", 1))
    assert "to 1 by 5 Feb 2022" in sentence(one)
    assert "to 1 on 5 Feb 2022" in sentence(one, ["2022-01-01", "2022-01-29", "2022-02-05"])


def test_what_was_delivered_is_stated_with_its_source() -> None:
    """Zero, gone and never shown are three things."""
    day = datetime(2022, 3, 1, tzinfo=UTC)
    row = {"delivered": 7.0, "delivered_source": "unicef_market", "delivered_on": day}
    found = [
        delivered_sentence(one, NAMES)
        for one in (row, row | {"delivered": 0}, row | {"delivered": None}, None)
    ]
    assert found == [
        "UNICEF's dashboard shows 7 doses delivered by 1 Mar 2022.",
        "UNICEF's dashboard shows 0 doses delivered by 1 Mar 2022.",
        "UNICEF's dashboard no longer shows a figure of doses delivered.",
        "No source shows a figure of doses delivered.",
    ]
