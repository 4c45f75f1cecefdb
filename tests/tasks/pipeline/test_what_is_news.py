"""What is news: every operation that records alerts, and how old the version is that it changes.

One rule: an alert on a version of the last two publishing intervals notifies people, an older one
is history. What a backfill brings from elsewhere is history whatever its age.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.alerts import AlertEvent
from schemas.source import Source
from tasks.alerts.alert_log import alert_log, events_in
from tasks.origins import plan
from tasks.pipeline.backfill import backfill_source, wanted
from tasks.pipeline.backfill_chunk import take
from tasks.pipeline.derived_records import mend_records, record_problems
from tasks.pipeline.evaluate import evaluate_rules
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.rebuild import rebuild_source
from tasks.pipeline.recovery import recover_source
from tasks.pipeline.release import release
from tasks.pipeline.replay import replay_quarantine
from tasks.pipeline.retract import retract_vintage
from tasks.raw.archive import archive_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.manifest import Vintage
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.tasks.steps.test_publish import COUNTRIES

DAY = datetime(2022, 2, 1, tzinfo=UTC)
MARKET = source_named("unicef_market")
BEFORE, CUT = 8_115_600, 1_540_800
FIRST = 6
"""The day of the cut; the versions before it are those in which a new source is in shadow."""
NEWS, HISTORY = 1, 400
"""Days after the cut on which an operation brings it to light."""


class Lake:
    """A lake in a folder, and what is done to it."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(str(folder / "lake"))
        self.folder = folder

    def run(self, day: float, source: Source = MARKET) -> RunContext:
        """Return a run on a day."""
        at = DAY + timedelta(days=day)
        return RunContext(store=self.store, source=source, at=at, check_quality=False)

    def table(self, doses: object, day: float, *, countries: int = 20) -> Path:
        """Write a table, in which one country has these doses; return the file."""
        at = DAY + timedelta(days=day)
        file = self.folder / "days" / f"{at:%Y-%m-%dT%H%M%SZ}.csv"
        file.parent.mkdir(exist_ok=True)
        rows = [f"{iso3},AstraZeneca,50" for iso3 in COUNTRIES[:countries] if iso3 != "PRK"]
        head = "Recipient ISO,Vaccine Name,Doses Allocated"
        file.write_text("\n".join([head, f"PRK,AstraZeneca,{doses}", *rows, ""]))
        return file

    def ingest(
        self,
        doses: object,
        day: float,
        *,
        on: float | None = None,
        source: Source = MARKET,
        countries: int = 20,
    ) -> str:
        """Ingest a table as of a day, on that day or `on` another; return the vintage's id."""
        file = self.table(doses, day, countries=countries)
        run = self.run(day if on is None else on, source)
        ingest_snapshot(run, file=str(file), retrieved_at=DAY + timedelta(days=day))
        file.unlink()
        [found] = [one.id for one in self.vintages() if one.as_of == DAY + timedelta(days=day)]
        return found

    def vintages(self) -> list[Vintage]:
        """Return the vintages, oldest first."""
        return list(VaultReader(self.store, MARKET.name).vintages())

    def archive(self, doses: object, day: float) -> None:
        """Archive a table as a run does that is killed before it commits."""
        file = self.table(doses, day)
        archive_snapshot(
            self.store, from_file(MARKET, file, retrieved_at=DAY + timedelta(days=day))
        )
        file.unlink()

    def commit(self, doses: object, day: float) -> None:
        """Commit a table as a run does that is killed before it records alerts."""
        file = self.table(doses, day)
        offered = plan(MARKET.name, f"dir:{file.parent}")
        at = DAY + timedelta(days=day)
        take(self.store, MARKET, wanted(self.store, MARKET, offered), at=at)
        file.unlink()

    def cuts(self) -> list[AlertEvent]:
        """Return the events that opened a cut, in the order of the log."""
        entries = alert_log(self.store).complete()
        found = [one for entry in entries for one in events_in(entry)]
        return [one for one in found if one.event.kind == "opened" and one.event.after == CUT]


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a lake with six daily versions that show one figure."""
    folder = tmp_path_factory.mktemp("quiet")
    lake = Lake(folder)
    for day in range(FIRST):
        lake.ingest(BEFORE, day)
    return folder


@pytest.fixture
def lake(quiet: Path, tmp_path: Path) -> Lake:
    """Return a copy of the quiet lake."""
    shutil.copytree(quiet / "lake", tmp_path / "lake")
    return Lake(tmp_path)


Operation = Callable[[Lake, float], object]
"""Brings the cut of the day FIRST to light, on another day."""


def ingest(lake: Lake, on: float) -> None:
    """A file that somebody has had since."""
    lake.ingest(CUT, FIRST, on=on)


def ingest_of_an_older_file(lake: Lake, on: float) -> None:
    """It also publishes what a killed run archived; its own time is two years before."""
    lake.archive(CUT, FIRST)
    lake.ingest(BEFORE, -730, on=on)


def repair_of_a_snapshot(lake: Lake, on: float) -> None:
    """It was archived by a run that was killed."""
    lake.archive(CUT, FIRST)
    recover_source(MARKET.name, lake.store.uri, at=DAY + timedelta(days=on))


def repair_of_records(lake: Lake, on: float) -> None:
    """The run was killed after its commit."""
    lake.commit(CUT, FIRST)
    vault = VaultReader(lake.store, MARKET.name)
    mend_records(vault, at=DAY + timedelta(days=on), in_force=())


def evaluate(lake: Lake, on: float) -> None:
    """As after other settings."""
    lake.commit(CUT, FIRST)
    evaluate_rules(lake.run(on))


def wrong_parser(text: str) -> Source:
    """Return the source with a parser that reads the cut as another text."""

    def parse(bodies: dict[str, bytes]) -> object:
        changed = {name: body.replace(b"1540800", text.encode()) for name, body in bodies.items()}
        return MARKET.parse(changed)

    return replace(MARKET, parse=parse)  # pyright: ignore[reportArgumentType]


def rebuild(lake: Lake, on: float) -> None:
    """After the parser was mended, which had read the earlier figure."""
    lake.ingest(CUT, FIRST, source=wrong_parser(str(BEFORE)))
    rebuild_source(lake.run(on))


def replay(lake: Lake, on: float) -> None:
    """After the parser was mended, which could not read the figure."""
    lake.ingest(CUT, FIRST, source=wrong_parser("unknown"))
    replay_quarantine(lake.run(on))


def retract(lake: Lake, on: float) -> None:
    """Without the wrong file before it, which had the same figure, the version shows the cut."""
    wrong = lake.ingest(CUT, FIRST - 0.5)
    lake.ingest(CUT, FIRST)
    retract_vintage(lake.run(on), wrong, reason="a typo")


def retract_undone(lake: Lake, on: float) -> None:
    """The version was right after all."""
    name = lake.ingest(CUT, FIRST)
    retract_vintage(lake.run(FIRST), name, reason="a typo")
    retract_vintage(lake.run(on), name, reason="it was right", undo=True)


def release_of_a_held_vintage(lake: Lake, on: float) -> None:
    """Half of the countries are gone."""
    release(lake.run(on), lake.ingest(CUT, FIRST, countries=10))


def backfill_of_the_archive(lake: Lake, on: float) -> None:
    """What is archived and not published is the lake's own."""
    lake.archive(CUT, FIRST)
    backfill_source(lake.run(on), "raw")


def backfill_after_a_kill(lake: Lake, on: float) -> None:
    """A run was killed after its commit; a backfill of other days is the next one."""
    lake.commit(CUT, FIRST)
    file = lake.table(BEFORE, -3)
    backfill_source(lake.run(on), f"dir:{file.parent}")


def backfill_of_nothing_after_a_kill(lake: Lake, on: float) -> None:
    """As above, and the lake has all of the folder."""
    lake.commit(CUT, FIRST)
    file = lake.table(BEFORE, 1)
    backfill_source(lake.run(on), f"dir:{file.parent}")


BY_AGE: list[Operation] = [
    ingest,
    ingest_of_an_older_file,
    repair_of_a_snapshot,
    repair_of_records,
    evaluate,
    rebuild,
    replay,
    retract,
    retract_undone,
    release_of_a_held_vintage,
    backfill_of_the_archive,
    backfill_after_a_kill,
    backfill_of_nothing_after_a_kill,
]


@pytest.mark.parametrize(("days", "origin"), [(NEWS, "live"), (HISTORY, "replay")])
@pytest.mark.parametrize("operation", BY_AGE, ids=lambda one: one.__name__)
def test_what_is_new_to_readers_is_news_by_its_age(
    lake: Lake, operation: Operation, days: int, origin: str
) -> None:
    """Whichever operation brings a cut to light, its alert is live for two intervals."""
    operation(lake, FIRST + days)
    cuts = [one for one in lake.cuts() if one.event.as_of == DAY + timedelta(days=FIRST)]
    assert cuts[-1].origin == origin


def test_a_backfill_records_what_changed_in_columns(lake: Lake) -> None:
    """Its alerts are of the schemas that it has recorded itself; they are history, too."""
    file = lake.table(BEFORE, FIRST)
    head, *rows = file.read_text().splitlines()
    file.write_text("\n".join([f"{head},Remarks", *(f"{row},7" for row in rows)]))
    backfill_source(lake.run(FIRST + NEWS), f"dir:{file.parent}")
    events = [one for entry in alert_log(lake.store).complete() for one in events_in(entry)]
    assert [(one.rule, one.origin) for one in events] == [("R18", "replay")]
    assert list(record_problems(VaultReader(lake.store, MARKET.name))) == []


def test_a_backfill_lists_each_alert_once_as_it_stands(lake: Lake) -> None:
    """A killed run committed a cut; the backfill brings the version that confirms it."""
    lake.commit(CUT, FIRST)
    file = lake.table(CUT, FIRST + 1)
    summary = backfill_source(lake.run(FIRST + NEWS + 1), f"dir:{file.parent}")
    assert [(one.after, one.confidence) for one in summary.alerts] == [(CUT, "confirmed")]


def test_a_backfill_lists_no_alert_that_is_superseded(lake: Lake) -> None:
    """It brings an earlier version, which had the cut already."""
    lake.commit(CUT, FIRST)
    file = lake.table(CUT, FIRST - 0.5)
    summary = backfill_source(lake.run(FIRST + NEWS), f"dir:{file.parent}")
    at = DAY + timedelta(days=FIRST - 0.5)
    assert {one.as_of for one in summary.alerts if one.after == CUT} == {at}


@pytest.mark.parametrize("days", [NEWS, HISTORY])
def test_what_a_backfill_brings_from_elsewhere_is_history(lake: Lake, days: int) -> None:
    """Whatever its age; also where it is found again, with other evidence."""
    file = lake.table(CUT, FIRST)
    backfill_source(lake.run(FIRST + days), f"dir:{file.parent}")
    file.unlink()
    lake.ingest(BEFORE - 1, 0.5, on=FIRST + days)
    assert [one.origin for one in lake.cuts()] == ["replay", "replay"]
