"""Known errors of publishers: kept out by record, loudly over when the record no longer holds."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.columns import From, Slice
from schemas.contract_errors import KnownErrorOver
from schemas.errors import Permanent
from schemas.source import KnownError, Source
from tasks.parsing.validate import ParsedTable
from tasks.sources import source_named
from tests.parsed import readings

ERROR = KnownError(
    table="vaccinations_current",
    key={"iso3": "PSE"},
    column="doses_administered",
    expect=12_922_776,
    reason="A digit too many; the ministry's own page says 2,922,776.",
    reported_on=date(2021, 10, 16),
    since=date(2021, 10, 15),
    expires=date(2021, 11, 15),
)
SOURCE = replace(
    source_named("undp_vaccine_equity"),
    name="somebody",
    tables={
        "vaccinations_current": {
            "iso3": From(("iso3",)),
            "doses_administered": From(("total_vaccinations",)),
        }
    },
    known_errors=(ERROR,),
)
WRONG = b"iso3,total_vaccinations\nPSE,12922776\nKHM,5\n"
RIGHT = b"iso3,total_vaccinations\nPSE,2922776\nKHM,5\n"


def reading(body: bytes, day: int, *, month: int = 10, source: Source = SOURCE) -> ParsedTable:
    """Return the parsed table of a body retrieved on a day of 2021."""
    at = datetime(2021, month, day, 23, 59, tzinfo=UTC)
    return readings(source, {"main": body}, retrieved_at=at)["vaccinations_current"]


def test_the_wrong_figure_waits_in_quarantine_with_its_reason() -> None:
    """The row with exactly that figure is not published, and says why; all others are."""
    parsed = reading(WRONG, 15)
    assert parsed.frame.rows() == [("KHM", 5)]
    assert parsed.quarantined.rows() == [
        (
            1,
            "total_vaccinations",
            "known_error",
            1,
            "12922776",
            f"Known error, reported on 2021-10-16: {ERROR.reason}",
            "PSE",
        )
    ]


@pytest.mark.parametrize("body", [WRONG, RIGHT])
def test_snapshots_outside_of_its_time_are_left_alone(body: bytes) -> None:
    """Before the first snapshot that had it, and from the day it was fixed on, all is published."""
    fixed = replace(SOURCE, known_errors=(replace(ERROR, fixed_on=date(2021, 10, 19)),))
    for parsed in (reading(body, 14), reading(body, 19, source=fixed)):
        assert parsed.frame["iso3"].to_list() == ["PSE", "KHM"]
        assert parsed.quarantined.is_empty()
    assert reading(WRONG, 18, source=fixed).frame["iso3"].to_list() == ["KHM"]


def test_a_figure_that_was_put_right_is_loud() -> None:
    """The record no longer holds: the snapshot is refused until somebody ends the record."""
    with pytest.raises(KnownErrorOver) as refusal:
        reading(RIGHT, 19)
    assert isinstance(refusal.value, Permanent)
    assert str(refusal.value) == (
        "somebody.vaccinations_current: seen doses_administered of PSE: 2922776 on 2021-10-19; "
        "expected 12922776, by the record of a known error. Nothing was published. The publisher "
        "has put it right or changed it: set `fixed_on` of the record in "
        "tasks/sources/somebody.py, or remove it."
    )


def test_a_row_that_is_gone_is_loud() -> None:
    """A whole table without the row no longer has the figure, either."""
    with pytest.raises(KnownErrorOver, match="PSE: no such row on 2021-10-16"):
        reading(b"iso3,total_vaccinations\nKHM,5\n", 16)


def test_a_slice_that_does_not_speak_of_the_row_is_left_alone() -> None:
    """Absence from a slice means nothing, for a known error as for a figure."""
    sliced = replace(SOURCE, covers=Slice("iso3"))
    parsed = reading(b"iso3,total_vaccinations\nKHM,5\n", 16, source=sliced)
    assert parsed.frame["iso3"].to_list() == ["KHM"]


def test_a_record_that_nobody_renewed_is_loud() -> None:
    """After its last day somebody has to look again, even where the figure still stands."""
    assert reading(WRONG, 15, month=11).frame["iso3"].to_list() == ["KHM"]
    with pytest.raises(KnownErrorOver) as refusal:
        reading(WRONG, 16, month=11)
    assert str(refusal.value) == (
        "somebody.vaccinations_current: seen a snapshot of 2021-11-16; expected none after "
        "2021-11-15 without another look at doses_administered of PSE, by the record of a known "
        "error. Nothing was published. Look whether the error still stands, then renew `expires` "
        "or set `fixed_on` in tasks/sources/somebody.py."
    )
