"""Held snapshots: tables cut off in a cell or at the end of a line, slices too."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import BadBody
from schemas.records import Outcome, Snapshot
from schemas.source import Source
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take
from tasks.pipeline.rebuild import rebuild
from tasks.raw.archive import archive_snapshot, archived_snapshots
from tasks.sources import source_named
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.queries import difference
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.tasks.acceptance.bodies import DAY, cases, flunet

Take = Callable[..., Outcome]


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def taken(lake: MemoryStore, tmp_path: Path) -> Take:
    """Return how a body that was retrieved so many days after the first is published."""

    def one(source: Source | str, body: bytes, *, day: int, scope: Sequence[str] = ()) -> Outcome:
        path = tmp_path / "at_hand.csv"
        path.write_bytes(body)
        declared = source_named(source) if isinstance(source, str) else source
        at = DAY + timedelta(days=day)
        fetched = from_file(declared, path, retrieved_at=at, scope=scope)
        archive_snapshot(lake, fetched)
        parsed = parse_fetched(declared, fetched, store=lake)
        return publish(lake, declared, [parsed], at=DAY)[0]

    return one


def shown(lake: MemoryStore, source: str) -> datetime:
    """Return when the vintage was retrieved that `latest` shows."""
    return VaultReader(lake, source).find("latest").as_of


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_table_cut_off_inside_of_its_last_figure_is_held(
    lake: MemoryStore, taken: Take, pack: Callable[[bytes], bytes]
) -> None:
    """Its last row has all fields, and 40,099 deaths would be 40: no line break is all we see."""
    taken("who_cases", pack(cases(100)), day=0)
    cut = taken("who_cases", pack(cases(100)[:-4]), day=1)
    assert cut.verdict == "held"
    assert cut.notes[0].startswith("'main' does not end with a line break, and did in the last")
    assert shown(lake, "who_cases") == DAY
    assert taken("who_cases", cases(100)[:-4], day=2).verdict == "held"
    assert taken("who_cases", pack(cases(101)), day=3).verdict == "new"


def test_a_slice_cut_off_inside_of_its_last_figure_is_held(taken: Take) -> None:
    """Though a slice covers a part only."""
    taken("who_flunet", flunet(2), day=0)
    assert taken("who_flunet", flunet(2, start=2)[:-1], day=1).verdict == "held"


def test_who_never_ended_with_a_line_break_is_not_held(taken: Take) -> None:
    """The first one has a note; the next ones end as it does."""
    [note] = taken("who_cases", cases(100)[:-1], day=0).notes
    assert "nothing is known of how such a table ended before" in note
    again = taken("who_cases", cases(101)[:-1], day=1)
    assert (again.verdict, again.notes) == ("new", ())
    assert taken("who_cases", cases(102), day=2).notes == ()


def test_a_table_of_other_columns_ends_as_it_likes(taken: Take) -> None:
    """It has a note, like the first one: people save sheets by hand with different programs."""
    taken("who_cases", cases(100), day=0)
    other = cases(100).replace(b",WHO_region", b",Region")[:-1]
    outcome = taken("who_cases", other, day=1)
    assert outcome.verdict != "held"
    assert "nothing is known of how such a table ended before" in outcome.notes[1]
    assert outcome.notes[0].startswith(
        "Perhaps 'WHO_region' is called 'Region' now: the same in 100 %"
    )


def test_other_kinds_of_bodies_end_as_they_like(taken: Take) -> None:
    """JSON says by its brackets that it is whole."""
    rows = [{"iso3": "PRK", "COUNTRY_CODE": "PRK", "ISO_WEEKSTARTDATE": "2021-01-04"}]
    figures = {"SPEC_PROCESSED_NB": 1, "INF_ALL": 0, "ORIGIN_SOURCE": "SENTINEL"}
    body = json.dumps({"value": [one | figures for one in rows]}).encode()
    assert taken("who_flunet", body, day=0).notes == ()


def test_a_chunk_is_judged_by_how_its_own_snapshots_end(lake: MemoryStore, tmp_path: Path) -> None:
    """In a backfill and in a rebuild, too."""
    source = source_named("who_cases")
    for day, body in enumerate([cases(100), cases(100)[:-2], cases(101)], start=1):
        (tmp_path / f"2022-02-0{day}.csv").write_bytes(body)
    planned = wanted(lake, source, plan("who_cases", f"dir:{tmp_path}"))
    done = take(lake, source, planned, at=DAY)
    assert [one.verdict for one in done.outcomes] == ["new", "held", "new"]
    again = rebuild(lake, source, at=DAY)
    assert [one.verdict for one in again.outcomes] == ["new", "held", "new"]


def test_each_source_declares_how_many_rows_it_may_lose(taken: Take) -> None:
    """WHO's cases only grow: a third of them gone is no news, as it is for a list of promises."""
    taken("who_cases", cases(600), day=0)
    cut = taken("who_cases", cases(400), day=1)
    assert cut.verdict == "held"
    assert cut.notes[0].startswith("cases: 200 of 600 rows are gone (33.3 %): NAM 2027-09-05, ")
    assert "a loss of 5 % or more looks like a fault" in cut.notes[0]
    lenient = replace(source_named("who_cases"), most_lost=35)
    assert taken(lenient, cases(400), day=2).verdict != "held"


@pytest.mark.parametrize(
    "source", ["who_cases", "owid_vaccinations", "owid_testing", "who_vaccination"]
)
def test_series_lose_less_than_a_twentieth(source: str) -> None:
    """What is below 95 % of the last good version was not fetched whole."""
    assert source_named(source).most_lost == 5


def test_a_slice_cut_off_at_the_end_of_a_line_is_held(lake: MemoryStore, taken: Take) -> None:
    """The weeks it names lost most of their rows; and so the next time, until it is whole."""
    taken("who_flunet", flunet(30), day=0)
    for day in (1, 2):
        cut = taken("who_flunet", flunet(30, per_day=3 + day), day=day)
        assert cut.verdict == "held"
        assert "tests, in the part that this snapshot speaks for: " in cut.notes[0]
        assert "of 600 rows are gone" in cut.notes[0]
    assert shown(lake, "who_flunet") == DAY
    assert taken("who_flunet", flunet(30), day=3).verdict in {"new", "unchanged"}


def test_other_slices_are_not_counted(taken: Take) -> None:
    """New weeks, and fewer weeks that are whole, are what slices are for."""
    taken("who_flunet", flunet(30), day=0)
    assert taken("who_flunet", flunet(2, start=30), day=1).verdict == "new"
    assert taken("who_flunet", flunet(2), day=2).verdict == "unchanged"
    assert taken("who_flunet", flunet(1, start=40, per_day=2), day=3).verdict == "new"


def test_slices_of_one_chunk_are_judged_by_each_other(lake: MemoryStore, tmp_path: Path) -> None:
    """The lake does not have them yet."""
    source = source_named("who_flunet")
    bodies = [flunet(3), flunet(3, start=3), flunet(6, per_day=5), flunet(6)]
    for day, body in enumerate(bodies, start=1):
        (tmp_path / f"2022-02-0{day}.csv").write_bytes(body)
    planned = wanted(lake, source, plan("who_flunet", f"dir:{tmp_path}"))
    done = take(lake, source, planned, at=DAY)
    assert [one.verdict for one in done.outcomes] == ["new", "new", "held", "new"]


def test_a_snapshot_of_some_countries_is_held_to_those(taken: Take) -> None:
    """A scope is a part as a slice is."""
    weeks = [line for line in cases(60).decode().splitlines() if line]
    taken("who_cases", cases(60), day=0)
    few = "\n".join([*weeks[:20], ""]).encode()
    assert taken("who_cases", few, day=1, scope=["NAM"]).verdict == "held"
    assert taken("who_cases", few.replace(b"NA,", b"GH,"), day=2, scope=["GHA"]).verdict == "new"


def refused(lake: MemoryStore, source: str) -> list[dict[str, object]]:
    """Return the records of snapshots that could not be read."""
    found = [lake.get(key) for key in lake.list(f"raw/{source}/unread/")]
    return [json.loads(blob.body) for blob in found if blob]


def test_the_schema_of_a_refused_snapshot_is_recorded(lake: MemoryStore, taken: Take) -> None:
    """With its reason and what changed, also where the parser itself gave up."""
    taken("who_cases", cases(50), day=0)
    blocked = taken("who_cases", cases(50).replace(b"Date_reported", b"When"), day=1)
    assert blocked.verdict == "blocked"
    assert "column 'Date_reported' of cases is gone" in blocked.notes[0]
    with pytest.raises(BadBody):
        taken("who_cases", b"<!DOCTYPE html><html>moved</html>", day=2)
    renamed, page = refused(lake, "who_cases")
    assert "column 'Date_reported' of cases is gone" in str(renamed["fault"])
    assert renamed["changes"] == [
        "The wire format changed in cases: new column 'When'; gone column 'Date_reported'."
    ]
    assert len(str(renamed["fingerprint"])) == 64
    assert page["changes"] == ["The wire format changed: main is html and was text."]
    assert taken("who_cases", cases(51), day=3).notes == ()


def test_what_cannot_be_read_in_a_backfill_is_recorded(lake: MemoryStore, tmp_path: Path) -> None:
    """The others go on."""
    source = source_named("who_cases")
    (tmp_path / "2022-02-01.csv").write_bytes(b"<html>sorry</html>")
    (tmp_path / "2022-02-02.csv").write_bytes(cases(3))
    take(lake, source, wanted(lake, source, plan("who_cases", f"dir:{tmp_path}")), at=DAY)
    [record] = refused(lake, "who_cases")
    assert record["bodies"] == {"main": "html"}
    archived: list[Snapshot] = archived_snapshots(lake, "who_cases")
    assert len(archived) == 2


def test_a_row_below_the_threshold_of_its_source_is_not_removed(
    lake: MemoryStore, taken: Take
) -> None:
    """The threshold of the declaration comes to the vault with the vintage."""
    source = replace(source_named("who_cases"), hides_below={"cases_cumulative": 1, "people": 9})
    whole = cases(40).splitlines(keepends=True)
    taken(source, b"".join(whole), day=0)
    taken(source, b"".join([whole[0], *whole[2:-1]]), day=1)
    vault = VaultReader(lake, source.name)
    a, b = vault.vintages()
    assert b.tables["cases"].hides_below == {"cases_cumulative": 1}
    went = (
        difference(vault, "cases", a, b).select("observed_on", "gone").unique().sort("observed_on")
    )
    assert went["gone"].to_list() == ["below_threshold", "source_removed"]
