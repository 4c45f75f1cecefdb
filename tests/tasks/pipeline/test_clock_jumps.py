"""The clock of the machine jumps between two fetches: refused, or harmless and reported."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import VaxwatchError, WrongUse
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.retract import retract_vintage
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tests.stack.upstream import SOURCE, Upstream, upstream
from tests.tasks.pipeline.retracted_lakes import Lake
from tests.vaxwatch.proof.replayed import differing

NOON = datetime(2022, 2, 10, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def page() -> Iterator[Upstream]:
    """Yield a page that changes when a test wants it to."""
    with upstream() as shown:
        yield shown


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return an empty lake."""
    return Lake(MemoryStore(), source_named(SOURCE), tmp_path)


def fetched(lake: Lake, page: Upstream, at: datetime) -> dict[str, Any]:
    """Return what an ingest does when the clock reads `at`; the page changes after it."""
    try:
        return ingest_snapshot(replace(lake.run(0), at=at), url=page.page).document()
    finally:
        page.publish()


def check(lake: Lake, times: list[datetime]) -> None:
    """Assert that each fetch is a vintage of its time, and that a full replay gives the same."""
    assert [one.as_of for one in lake.vault.vintages()] == sorted(times)
    assert differing(lake) == {}


def test_an_hour_back_loses_nothing_and_is_reported(lake: Lake, page: Upstream) -> None:
    """What is fetched goes where its clock puts it, until the clock has caught up."""
    times = [NOON, NOON + 10 * MINUTE, NOON - 50 * MINUTE, NOON - 40 * MINUTE, NOON + 20 * MINUTE]
    noted = [fetched(lake, page, at)["notes"] for at in times]
    assert ["of a time to come" in " ".join(notes) for notes in noted] == [0, 0, 1, 1, 0]
    check(lake, times)


def test_a_day_ahead_is_reported_until_it_is_retracted(lake: Lake, page: Upstream) -> None:
    """The note names the vintage and the command; after it `latest` is what was fetched last."""
    times = [NOON, NOON + 24 * HOUR, NOON + 10 * MINUTE]
    *_, last = [fetched(lake, page, at) for at in times]
    ahead = lake.vault.find(times[1]).id
    assert f"vaxwatch retract {SOURCE} {ahead} --reason TEXT" in " ".join(last["notes"])
    check(lake, times)
    run = replace(lake.run(0), at=NOON + 20 * MINUTE)
    retract_vintage(run, ahead, reason="The clock was a day ahead.", by="Kim")
    assert fetched(lake, page, NOON + 30 * MINUTE)["notes"] == []
    assert lake.vault.vintages()[-1].as_of == NOON + 30 * MINUTE
    assert differing(lake) == {}


def test_a_clock_before_its_time_is_refused(lake: Lake, page: Upstream) -> None:
    """A machine that starts in 1970 archives nothing."""
    fetched(lake, page, NOON)
    with pytest.raises(WrongUse, match="1970-01-01"):
        fetched(lake, page, datetime(1970, 1, 1, tzinfo=UTC))
    check(lake, [NOON])


def test_one_instant_twice_is_refused_with_other_bytes(lake: Lake, page: Upstream) -> None:
    """A clock that stands still: the first fetch of an instant counts."""
    fetched(lake, page, NOON)
    with pytest.raises(VaxwatchError, match="already speaks for"):
        fetched(lake, page, NOON)
    fetched(lake, page, NOON + MINUTE)
    assert lake.vault.vintages()[-1].as_of == NOON + MINUTE
