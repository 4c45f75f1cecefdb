"""Snapshots whose schema changed: policies, frozen sources, guessed renames."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.columns import From
from schemas.records import Outcome
from schemas.source import Source
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take as take_chunk
from tasks.raw.archive import archive_snapshot
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.tasks.publisher import FORECASTS

DAY = datetime(2022, 2, 10, tzinfo=UTC)
PLAIN = "iso3,doses,forecast,note\nPRK,10,100,a\nKHM,20,200,b\nLAO,30,300,c\n"
Take = Callable[..., Outcome]


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def take(lake: MemoryStore, tmp_path: Path) -> Take:
    """Return how a body that was retrieved so many days later is published."""

    def taken(body: str, day: int, source: Source = FORECASTS) -> Outcome:
        path = tmp_path / "at_hand.csv"
        path.write_text(body)
        fetched = from_file(source, path, retrieved_at=DAY + timedelta(days=day))
        archive_snapshot(lake, fetched)
        return publish(lake, source, [parse_fetched(source, fetched, store=lake)], at=DAY)[0]

    return taken


def test_an_optional_figure_that_goes_freezes_its_source(lake: MemoryStore, take: Take) -> None:
    """With a guess which column it is now; the last good version stays until it can be read."""
    take(PLAIN, 0)
    renamed = PLAIN.replace("forecast", "expected").replace("300", "310")
    frozen = take(renamed, 1)
    assert frozen.verdict == "blocked"
    assert frozen.notes[0] == (
        "doses: column 'forecast' of allocations is gone (read as doses_announced); "
        "new is column 'expected'; expected it as in the snapshot of "
        f"{VaultReader(lake, 'doses').vintages()[0].id}. "
        "Perhaps 'forecast' is called 'expected' now: the same within 10 % in 100 % of 3 rows with "
        "the same iso3. This is a guess, and is not applied. Nothing was published; a page as "
        "before is published again. Add its name to From(…) in tasks/sources/doses.py, or "
        "optional=True and drift={'NAME': 'evolve'} where it comes and goes, and raise "
        "parser_version. Then: vaxwatch quarantine replay doses"
    )
    assert len(VaultReader(lake, "doses").vintages()) == 1
    waiting = SchemaLogFile(lake, FORECASTS).log.unresolved_refusal()
    assert waiting is not None
    assert waiting.fault == frozen.notes[0]
    take(PLAIN.replace("10,", "11,"), 2)
    assert SchemaLogFile(lake, FORECASTS).log.unresolved_refusal() is None


def test_a_declared_rename_is_followed_and_one_that_comes_and_goes_is_noted(take: Take) -> None:
    """Both are published; a renamed column that is not read is proposed in a note."""
    take(PLAIN, 0)
    outcome = take(PLAIN.replace("doses", "total doses").replace("note", "remark"), 1)
    assert outcome.verdict == "unchanged"
    changed = "new columns 'total doses', 'remark'; gone columns 'doses', 'note'."
    assert outcome.notes == (
        "Perhaps 'note' is called 'remark' now: the same in 100 % of 3 rows with the same iso3.",
        f"The wire format changed in allocations, deliveries: {changed}",
    )
    loose = replace(FORECASTS, drift={"forecast": "evolve"})
    gone = take("iso3,doses,note\nPRK,10,a\nKHM,20,b\nLAO,30,c\n", 2, loose)
    assert gone.verdict in {"new", "unchanged"}


NO_FIGURE = PLAIN.replace("10,", "ten,").replace("20,", "many,").replace("30,", "30*,")


def test_words_instead_of_figures_freeze_a_source_and_declared_blanks_do_not(take: Take) -> None:
    """Odd cells are quarantined with their rows; a column without any figure changed its kind."""
    take(PLAIN, 0)
    take(PLAIN.replace("10,", "NA,").replace("20,", "NA,").replace("30,", "NA,"), 1)
    odd = PLAIN.replace("10,", "ten,")
    for day, body in ((2, odd), (3, odd.replace("20,", "20*,"))):
        outcome = take(body, day)
        assert outcome.verdict == "new"
        assert outcome.quarantined == day - 1
        assert not any("holds text" in note for note in outcome.notes)
    [note] = take(NO_FIGURE, 4).notes
    assert "'doses' of allocations holds text and held number (read as doses_allocated)" in note


def test_a_blank_column_keeps_its_earlier_kind(take: Take) -> None:
    """Words after blank snapshots are compared with the figures before them."""
    take(PLAIN, 0)
    take(PLAIN.replace("10,", ",").replace("20,", ",").replace("30,", ","), 1)
    [note] = take(NO_FIGURE, 2).notes
    assert "'doses' of allocations holds text and held number (read as doses_allocated)" in note


@pytest.mark.parametrize("rows", [1, 3])
def test_a_single_figure_that_becomes_a_word_freezes_only_a_table_of_one_row(
    take: Take, rows: int
) -> None:
    """With other rows its row is quarantined; without any, nothing is left to publish."""
    names, first, *others = PLAIN.replace("20,", ",").replace("30,", ",").splitlines()
    table = "\n".join([names, first, *others][: rows + 1]) + "\n"
    take(table, 0)
    outcome = take(table.replace("10,", "n/a,"), 1)
    assert (outcome.verdict == "blocked") == (rows == 1)
    assert outcome.quarantined == (rows > 1)


def test_an_older_snapshot_is_compared_with_the_one_before_it(take: Take) -> None:
    """Not with the newest; the first one with none."""
    take(PLAIN, 5)
    take("iso3,doses\nPRK,10\nKHM,20\nLAO,30\n", 0)
    assert take("iso3,doses\nPRK,11\nKHM,20\nLAO,30\n", 3).verdict == "new"
    assert take("iso3,doses\nPRK,12\nKHM,20\nLAO,30\n", 7).verdict == "blocked"


def test_a_chunk_of_a_backfill_is_compared_with_its_own_snapshots(
    lake: MemoryStore, tmp_path: Path
) -> None:
    """Earlier snapshots of the chunk count before they are committed."""
    bodies = [PLAIN, PLAIN.replace("forecast", "expected"), PLAIN.replace("10,", "11,")]
    for day, body in enumerate(bodies, start=1):
        (tmp_path / f"2022-02-0{day}.csv").write_text(body)
    planned = wanted(lake, FORECASTS, plan("doses", f"dir:{tmp_path}"))
    done = take_chunk(lake, FORECASTS, planned, at=DAY)
    assert [one.verdict for one in done.outcomes] == ["new", "blocked", "new"]


def test_a_refused_snapshot_is_published_once_it_is_mapped(lake: MemoryStore, take: Take) -> None:
    """By a newer parser version, at its own time; without the mapping it is refused again."""
    take(PLAIN, 0)
    take(PLAIN.replace("forecast", "expected"), 1)
    unmapped = replace(FORECASTS, parser_version=2)
    named = {**FORECASTS.tables["allocations"], "doses_announced": From(("forecast", "expected"))}
    mapped = replace(unmapped, tables={"allocations": named})
    for source, verdict in ((unmapped, "blocked"), (mapped, "unchanged")):
        planned = wanted(lake, source, plan("doses", "raw", store=lake), policy="failed")
        done = take_chunk(lake, source, planned, at=DAY + timedelta(days=9))
        assert [one.verdict for one in done.outcomes] == [verdict]
    newest = VaultReader(lake, "doses").vintages()[-1]
    assert newest.as_of == DAY + timedelta(days=1)
    assert SchemaLogFile(lake, mapped).log.unresolved_refusal() is None


def test_the_schema_log_is_rebuilt_from_the_records(lake: MemoryStore, take: Take) -> None:
    """Read and refused snapshots; a damaged log is ignored."""
    take(PLAIN, 0)
    take(PLAIN.replace("forecast", "expected"), 1)
    known = SchemaLogFile(lake, FORECASTS).log
    lake.delete("raw/doses/shapes.json")
    again = SchemaLogFile(lake, FORECASTS).log
    assert (again.read, again.refused) == (known.read, known.refused)
    lake.put_if_absent("raw/doses/shapes.json", b"noise")
    assert SchemaLogFile(lake, FORECASTS).log.read == known.read
