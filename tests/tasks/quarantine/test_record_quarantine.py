from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import WrongUse
from schemas.records import Outcome
from schemas.source import Budget, Source
from tasks.pipeline.replay import replay
from tasks.quarantine.lifecycle import DATASET
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.raw.archive import archive_snapshot, archived_snapshots
from tasks.raw.raw_rows import raw_rows
from tasks.sources import source_named
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.summaries.operation_summaries import ReplaySummary
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tasks.web.fetch import from_file

DAY = datetime(2022, 2, 10, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAME = "unicef_market"
SOURCE = source_named(NAME)
MENDED = replace(SOURCE, not_countries={**SOURCE.not_countries, "Atlantis": "sunk"})
HEADER = "Recipient ISO,Vaccine Name,Doses Allocated\n"
GOOD = "PRK,AstraZeneca,8115600\nKHM,AstraZeneca,1000000\n"
BAD = "Atlantis,AstraZeneca,5\n"
MONTHLY = (
    "Country/territory,WHO Preferred Vaccine Name,mmm Year,Donations,COVAX,Total Doses Delivered\n"
)
Take = Callable[..., Outcome]


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def taken(lake: MemoryStore, tmp_path: Path) -> Take:
    """Return how rows that were retrieved so many days after the first are published."""

    def one(rows: str, *, day: int = 0, source: Source = SOURCE, header: str = HEADER) -> Outcome:
        path = tmp_path / "at_hand.csv"
        path.write_text(header + rows)
        fetched = from_file(source, path, retrieved_at=DAY + timedelta(days=day))
        archive_snapshot(lake, fetched)
        parsed = parse_fetched(source, fetched, store=lake)
        return publish(lake, source, [parsed], at=NOW + timedelta(days=day))[0]

    return one


def states(lake: MemoryStore) -> list[tuple[object, ...]]:
    """Return row, value and state of all that is listed."""
    return quarantine_of(lake).sort("snapshot_as_of", "row").select("row", "value", "state").rows()


def again(lake: MemoryStore, source: Source, *ids: str, day: int = 9) -> ReplaySummary:
    """Replay quarantined and blocked snapshots."""
    return replay(lake, source, ids=ids, at=NOW + timedelta(days=day))


def many(bad: int, good: int = 10) -> str:
    """Return rows of which so many are of no country."""
    countries = ["AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN"]
    rows = [f"{code},AstraZeneca,1\n" for code in countries[:good]]
    return "".join([*rows, *(f"Atlantis,Vaccine {n},5\n" for n in range(bad))])


def test_every_row_has_its_origin_and_reason(lake: MemoryStore, taken: Take) -> None:
    """Source, vintage, bytes, row and column, the rule and its version, the cell, the reason."""
    outcome = taken(GOOD + BAD)
    [row] = quarantine_of(lake).to_dicts()
    [snapshot] = archived_snapshots(lake, NAME)
    assert (row["source"], row["table"], row["snapshot_id"]) == (NAME, "allocations", outcome.id)
    assert row["snapshot_sha256"] == snapshot.manifest_sha256
    assert (row["row"], row["column_name"], row["value"]) == (3, "Recipient ISO", "Atlantis")
    assert (row["rule"], row["rule_version"]) == ("known_country", 1)
    assert row["reason"].startswith("'Atlantis' is no country")
    assert (row["state"], row["settled_at"]) == ("quarantined", None)


def test_the_file_that_people_open_has_the_rows_of_all_vintages(
    lake: MemoryStore, taken: Take
) -> None:
    """Each vintage lists its own; one without bad rows adds nothing."""
    taken(GOOD + BAD)
    taken(GOOD, day=1)
    taken(GOOD + BAD, day=2)
    blob = lake.get(f"{DATASET.replace('.', '/')}/latest.parquet")
    assert blob is not None
    assert pl.read_parquet(blob.body)["snapshot_id"].n_unique() == 2
    assert len(VaultReader(lake, "quarantine").vintages()) == 2


def test_what_a_killed_run_left_out_is_listed_by_the_next_one(
    lake: MemoryStore, taken: Take
) -> None:
    """The dataset follows from the vaults, whenever it is made."""
    taken(GOOD + BAD)
    taken(GOOD + BAD, day=1)
    for key in list(lake.list("quarantine/")):
        lake.delete(key)
    taken(GOOD, day=2)
    assert [state for *_, state in states(lake)] == ["quarantined"] * 2


def test_too_many_bad_rows_block_the_snapshot(lake: MemoryStore, taken: Take) -> None:
    """Nothing of it is published, the last good version stands, the rows are listed as blocked."""
    taken(many(0))
    blocked = taken(many(6), day=1)
    assert (blocked.verdict, blocked.quarantined) == ("blocked", 6)
    assert blocked.notes[0].startswith(
        "unicef_market.allocations: 6 of 16 rows cannot be published (37.5 %); "
        "expected at most 5 or 5 %."
    )
    assert len(VaultReader(lake, NAME).vintages()) == 1
    assert states(lake) == [(row, "Atlantis", "blocked") for row in range(11, 17)]


def test_a_few_bad_rows_are_within_the_budget(taken: Take) -> None:
    """Five of fifteen in a short table, and one in twenty of a long one."""
    assert taken(many(5)).verdict == "new"
    wide = replace(SOURCE, budget=Budget(rows=0, share=0.4))
    assert taken(many(6), day=1, source=wide).verdict == "unchanged"
    narrow = replace(SOURCE, budget=Budget(rows=0, share=0.0))
    assert taken(many(1), day=2, source=narrow).verdict == "blocked"


def test_replay_releases_what_can_be_read_now(lake: MemoryStore, taken: Take) -> None:
    """At its own time: the vintages keep their ids, and the commit before stays readable."""
    first = taken(GOOD + BAD)
    taken(GOOD + BAD.replace("Atlantis", "Thule"), day=1)
    before = VaultReader(lake, NAME).head
    replayed = again(lake, MENDED)
    assert (replayed.released, replayed.waiting) == (1, 1)
    assert {one.id: one.verdict for one in replayed.outcomes}[first.id] == "new"
    assert states(lake) == [(3, "Atlantis", "released"), (3, "Thule", "quarantined")]
    [settled] = quarantine_of(lake).filter(state="released")["settled_at"]
    assert settled == NOW + timedelta(days=9)
    vault = VaultReader(lake, NAME)
    assert [one.quarantined for one in (v.tables["allocations"] for v in vault.vintages())] == [
        0,
        1,
    ]
    assert before is not None
    old = VaultReader(lake, NAME, number=before.number)
    assert old.vintages()[0].tables["allocations"].quarantined == 1
    assert verify_vault(vault, deep=True) == []


def test_a_replay_that_finds_nothing_new_changes_nothing(lake: MemoryStore, taken: Take) -> None:
    """No commit, no other state."""
    taken(GOOD + BAD)
    before = VaultReader(lake, NAME).head
    replayed = again(lake, SOURCE)
    assert (replayed.released, replayed.waiting) == (0, 1)
    assert [one.verdict for one in replayed.outcomes] == ["known"]
    assert VaultReader(lake, NAME).head == before


def test_replay_publishes_what_was_blocked_at_its_own_time(lake: MemoryStore, taken: Take) -> None:
    """Between the vintages that came before and after it."""
    taken(many(0))
    blocked = taken(many(6), day=1)
    taken(many(0), day=2)
    replayed = again(lake, MENDED)
    assert (replayed.released, replayed.waiting) == (6, 0)
    assert [vintage.id for vintage in VaultReader(lake, NAME).vintages()][1] == blocked.id
    assert verify_vault(VaultReader(lake, NAME), deep=True) == []


def test_one_snapshot_alone_may_be_replayed(lake: MemoryStore, taken: Take) -> None:
    """The others wait on."""
    taken(GOOD + BAD)
    second = taken(GOOD + BAD, day=1)
    replayed = again(lake, MENDED, second.id)
    assert (replayed.released, replayed.waiting) == (1, 1)


def test_superseded_rows_are_distinguished_from_released_ones(
    lake: MemoryStore, taken: Take, tmp_path: Path
) -> None:
    """Their vintage was replaced; they were never read."""
    taken(GOOD + BAD)
    path = tmp_path / "other.csv"
    path.write_text(HEADER + GOOD)
    fetched = from_file(SOURCE, path, retrieved_at=DAY)
    archive_snapshot(lake, fetched)
    publish(lake, SOURCE, [parse_fetched(SOURCE, fetched)], at=NOW, supersede=True)
    assert states(lake) == [(3, "Atlantis", "superseded")]


def test_a_raw_row_is_returned_whole(lake: MemoryStore, taken: Take) -> None:
    """In the publisher's words, from the archived bytes."""
    taken(GOOD + BAD)
    [snapshot] = archived_snapshots(lake, NAME)
    rows = raw_rows(lake, SOURCE, snapshot, wanted={"allocations": [3]})
    assert rows == {
        ("allocations", 3): {
            "Recipient ISO": "Atlantis",
            "Vaccine Name": "AstraZeneca",
            "Doses Allocated": "5",
        }
    }


def test_two_faults_of_one_published_row_are_two_rows(lake: MemoryStore, tmp_path: Path) -> None:
    """A wide sheet has a row a country and a column a vaccine: each bad cell is listed."""
    source = source_named("covax_allocations")
    sheet = Path(__file__).parents[2] / "fixtures" / "covax_allocations" / "rounds.csv"
    path = tmp_path / "at_hand.csv"
    path.write_bytes(sheet.read_bytes().replace(b'"530,400",0,', b"abc,def,"))
    fetched = from_file(source, path, retrieved_at=DAY)
    archive_snapshot(lake, fetched)
    publish(lake, source, [parse_fetched(source, fetched)], at=NOW)
    faults = quarantine_of(lake).select("row", "nth", "value").sort("nth").rows()
    assert [(nth, value) for _, nth, value in faults] == [(1, "abc"), (2, "def")]
    assert len({row for row, _, _ in faults}) == 1


def test_what_is_blocked_does_not_wait_where_other_bytes_have_its_instant(
    lake: MemoryStore, taken: Take
) -> None:
    """A replay passes it over, reads the others, and marks it as superseded."""
    taken(many(0))
    taken(many(6), day=1)
    other = taken(many(7), day=2)
    taken(many(0), day=1)
    replayed = again(lake, MENDED)
    assert [one.id for one in replayed.outcomes] == [other.id]
    assert (replayed.released, replayed.waiting) == (7, 0)
    assert [state for *_, state in states(lake)] == ["superseded"] * 6 + ["released"] * 7


def test_a_replay_settles_what_other_bytes_have_overtaken(lake: MemoryStore, taken: Take) -> None:
    """Nothing is read again, and nothing waits any more; then there is nothing to do."""
    taken(many(0))
    taken(many(6), day=1)
    taken(many(0), day=1)
    replayed = again(lake, SOURCE)
    assert (replayed.outcomes, replayed.released, replayed.waiting) == ((), 0, 0)
    with pytest.raises(WrongUse, match="nothing to read again"):
        again(lake, SOURCE)


def test_a_vintage_that_came_while_its_budget_was_waived_stays_published(
    lake: MemoryStore, taken: Take
) -> None:
    """A replay after the waiver has no budget for it; its rows wait as before, each once."""
    taken(many(0))
    taken(many(6), day=1, source=replace(SOURCE, unlimited=frozenset({"allocations"})))
    taken(many(0) + "Elsewhere,AstraZeneca,5\n", day=2)
    mended = replace(SOURCE, not_countries={**SOURCE.not_countries, "Elsewhere": "gone"})
    replayed = again(lake, mended)
    assert (replayed.released, replayed.waiting) == (1, 6)
    assert [state for *_, state in states(lake)] == ["quarantined"] * 6 + ["released"]


def test_row_of_several_cells_withdraws_none_of_them(lake: MemoryStore, taken: Take) -> None:
    """Each cell of a row that waits is a row of ours that is not compared, and no one is gone."""
    taken("BTN,AstraZeneca,Jul 2021,7,50,57\nPRK,AstraZeneca,Jul 2021,,1,1\n", header=MONTHLY)
    outcome = taken(
        "BTN,AstraZeneca,Jul 2021,7,50,58\nPRK,AstraZeneca,Jul 2021,,1,1\n", header=MONTHLY, day=7
    )
    assert outcome.verdict == "new"
    for table in ("deliveries_monthly", "deliveries"):
        counts = outcome.tables[table]
        assert (counts.rows, counts.deleted, counts.quarantined) == (1, 0, 1)
        changes = lake.get(f"{NAME}/{table}/changes.parquet")
        assert changes is not None
        assert pl.read_parquet(changes.body).is_empty()


def test_sums_that_are_too_large_wait_without_a_row(lake: MemoryStore, taken: Take) -> None:
    """None of the rows is to blame alone; each sum is listed, and none is withdrawn."""
    most = 2**63 - 1
    rows = [f"{code},AstraZeneca,Jul 2021,,{most},{most}\n" for code in ("BTN", "KHM")]
    taken("".join(rows), header=MONTHLY)
    more = [f"{code},AstraZeneca,Aug 2021,,1,1\n" for code in ("BTN", "KHM")]
    outcome = taken("".join([*rows, *more]), header=MONTHLY, day=7)
    assert outcome.tables["deliveries"].deleted == 0
    assert states(lake) == [(0, None, "quarantined")] * 2
    assert verify_vault(VaultReader(lake, NAME), deep=True) == []
