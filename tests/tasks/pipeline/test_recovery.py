"""What was archived and never committed is found: by the next run, by `repair` and by `verify`."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.records import Outcome
from schemas.source import Source
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.recovery import NOTE, recover_source
from tasks.raw.archive import archive_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.steps.integrity import raw_problems
from tasks.summaries.operation_summaries import IngestSummary
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.alerts import read_alerts

DAY = datetime(2022, 2, 1, tzinfo=UTC)
Write = Callable[[int], Path]


@pytest.fixture
def market() -> Source:
    """Return a source whose snapshots cover the whole table."""
    return source_named("unicef_market")


@pytest.fixture
def lake(tmp_path: Path) -> Store:
    """Return an empty lake."""
    return open_store(str(tmp_path / "lake"))


@pytest.fixture
def table(tmp_path: Path) -> Write:
    """Return a function that writes UNICEF's table with one figure."""

    def written(doses: int) -> Path:
        file = tmp_path / "table.csv"
        head = "Recipient ISO,Vaccine Name,Doses Allocated"
        file.write_text(f"{head}\nPRK,AstraZeneca,{doses}\nERI,Sinovac,50\n")
        return file

    return written


def ingested(lake: Store, source: Source, file: Path, day: int) -> IngestSummary:
    """Ingest a file as of a day."""
    at = DAY + timedelta(days=day)
    run = RunContext(store=lake, source=source, at=at, check_quality=False)
    return ingest_snapshot(run, file=str(file), retrieved_at=at)


def left_behind(lake: Store, source: Source, file: Path, day: int) -> str:
    """Archive a file as a run does that is killed before it commits; return the snapshot's id."""
    fetched = from_file(source, file, retrieved_at=DAY + timedelta(days=day))
    archive_snapshot(lake, fetched)
    return fetched.snapshot.id


def noted(outcomes: list[Outcome]) -> list[str]:
    """Return the ids of the outcomes that were recovered."""
    return [one.id for one in outcomes if NOTE in one.notes]


def test_the_next_run_publishes_it_with_its_alert(
    lake: Store, market: Source, table: Write
) -> None:
    """The page was overwritten since: the cut in between is known and raises its alert."""
    ingested(lake, market, table(8_115_600), 0)
    left = left_behind(lake, market, table(1_540_800), 1)
    summary = ingested(lake, market, table(1_988_000), 2)
    assert noted(list(summary.outcomes)) == [left]
    assert [one.id for one in VaultReader(lake, market.name).vintages()][1] == left
    cuts = [alert for alert in summary.alerts if alert.rule == "R1"]
    assert [(cut.before, cut.after) for cut in cuts] == [(8_115_600, 1_540_800)]
    assert noted(list(ingested(lake, market, table(1_988_000), 3).outcomes)) == []


def test_the_first_run_of_a_source_may_have_been_killed(
    lake: Store, market: Source, table: Write
) -> None:
    """There is no vault yet; `verify` names it, a repair makes one."""
    left = left_behind(lake, market, table(10), 0)
    [problem] = raw_problems(lake, VaultReader(lake, market.name), deep=False)
    assert left in problem
    assert "vaxwatch repair" in problem
    at = DAY + timedelta(days=9)
    assert noted(recover_source(market.name, lake.uri, at=at)) == [left]
    assert list(raw_problems(lake, VaultReader(lake, market.name), deep=True)) == []
    assert recover_source(market.name, lake.uri, at=at) == []


def test_a_repair_finds_what_is_older_than_the_newest_vintages(
    lake: Store, market: Source, table: Write, tmp_path: Path
) -> None:
    """A backfill that was killed and never taken up again; its alert comes with it."""
    folder = tmp_path / "days"
    folder.mkdir()
    for day in range(40):
        shutil.copy(table(1_540_800), folder / f"{DAY + timedelta(days=day):%Y-%m-%d}.csv")
    offered = plan(market.name, f"dir:{folder}")
    take(lake, market, wanted(lake, market, offered), at=DAY + timedelta(days=41))
    left = left_behind(lake, market, table(8_115_600), -3_000)
    assert noted(list(ingested(lake, market, table(1_540_801), 42).outcomes)) == []
    [problem] = raw_problems(lake, VaultReader(lake, market.name), deep=False)
    assert left in problem
    recovered = recover_source(market.name, lake.uri, at=DAY + timedelta(days=50))
    assert noted(recovered) == [left]
    assert [alert.rule for alert in read_alerts(lake)].count("R1") == 1


@pytest.mark.parametrize(("days", "origin"), [(1, "live"), (400, "replay")])
def test_a_cut_that_a_killed_run_left_reaches_people_while_it_is_news(
    lake: Store, market: Source, table: Write, days: int, origin: str
) -> None:
    """The first versions of a source are in shadow, so that there are some before."""
    for day in range(6):
        ingested(lake, market, table(8_115_600), day)
    left_behind(lake, market, table(1_540_800), 6)
    recover_source(market.name, lake.uri, at=DAY + timedelta(days=6 + days))
    [cut] = read_alerts(lake)
    assert cut.origin == origin


def test_what_was_refused_is_not_tried_again(lake: Store, market: Source, tmp_path: Path) -> None:
    """A body that nobody can parse is on record after the first try."""
    page = tmp_path / "page.csv"
    page.write_text("<html>sorry</html>")
    left_behind(lake, market, page, 0)
    assert list(raw_problems(lake, VaultReader(lake, market.name), deep=False))
    assert recover_source(market.name, lake.uri, at=DAY + timedelta(days=9)) == []
    assert list(raw_problems(lake, VaultReader(lake, market.name), deep=False)) == []


def test_other_bytes_of_a_known_instant_are_no_loss(
    lake: Store, market: Source, table: Write
) -> None:
    """They were refused at the time, or superseded."""
    ingested(lake, market, table(10), 0)
    left_behind(lake, market, table(20), 0)
    assert list(raw_problems(lake, VaultReader(lake, market.name), deep=False)) == []
    assert noted(list(ingested(lake, market, table(30), 1).outcomes)) == []
