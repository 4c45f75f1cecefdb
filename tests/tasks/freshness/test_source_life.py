"""The life of a source, and whether it is overdue: a table of the rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks.freshness.source_life import Activity, Life, life_of, overdue_since
from tasks.sources import SOURCES, source_named

SOURCE = replace(source_named("who_cases"), cadence=timedelta(days=7))
NOW = datetime(2022, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def seen(**days: float) -> Activity:
    """Return an activity from how many days ago things were."""
    at: dict[str, Any] = {name: NOW - ago * DAY for name, ago in days.items()}
    return Activity(source=SOURCE.name, **at)


@pytest.mark.parametrize(
    ("activity", "is_ended", "life"),
    [
        (seen(), False, "never"),
        (seen(), True, "retired"),
        (seen(failed_at=1, failing_since=90), False, "never"),
        (seen(refused_at=1), False, "frozen"),
        (seen(last_as_of=14), False, "active"),
        (seen(last_as_of=14.01), False, "stale"),
        (seen(last_as_of=-0.02), False, "active"),
        (seen(last_as_of=900), True, "retired"),
        (seen(last_as_of=2, refused_at=1), False, "frozen"),
        (seen(last_as_of=2, refused_at=1), True, "frozen"),
        (seen(last_as_of=1, refused_at=2), False, "active"),
    ],
)
def test_the_first_state_that_holds_is_the_state(
    activity: Activity, life: Life, *, is_ended: bool
) -> None:
    """frozen, retired, never, active, stale."""
    source = replace(SOURCE, ended="Ended." if is_ended else "")
    assert life_of(source, activity, NOW) == life


@pytest.mark.parametrize(
    ("activity", "days"),
    [
        (seen(), None),
        (seen(last_fetch=14), None),
        (seen(last_fetch=15), 1),
        (seen(last_as_of=90, last_fetch=1), None),
        (seen(failing_since=13), None),
        (seen(failing_since=20), 6),
        (seen(last_fetch=3, failing_since=2), None),
    ],
)
def test_a_snapshot_is_due_two_cadences_after_the_last_one(
    activity: Activity, days: int | None
) -> None:
    """Of a source that never gave one, two cadences after the first try."""
    since = overdue_since(SOURCE, activity, NOW)
    assert since == (None if days is None else NOW - days * DAY)
    for off in (replace(SOURCE, by_hand="Save it."), replace(SOURCE, ended="Ended.")):
        assert overdue_since(off, activity, NOW) is None


def test_no_source_is_overdue_or_stale_in_a_new_lake() -> None:
    """Whatever is declared."""
    for source in SOURCES:
        nothing = Activity(source=source.name)
        assert life_of(source, nothing, NOW) in {"never", "retired"}
        assert overdue_since(source, nothing, NOW) is None
