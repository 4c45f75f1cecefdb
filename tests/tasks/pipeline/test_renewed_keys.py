"""A lake whose keys an older parser made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from schemas.columns import Always, From
from schemas.errors import WrongUse
from schemas.source import Bodies, Source
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import owid_testing, source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

TODAY = source_named("owid_testing")
HEAD = "Entity,ISO code,Date,Cumulative total\n"
PLACES = ["JPN", "FRA", "ESP", "ITA", "DEU", "USA"]
AT = datetime(2021, 3, 3, tzinfo=UTC)


def earlier(bodies: Bodies) -> dict[str, pl.DataFrame]:
    """Read as parser 1 did, which took the bracket for the origin."""
    frame = owid_testing.parse(bodies)["tests"]
    origin = pl.col("Entity").str.extract(r"\(([^()]*)\)$").fill_null("").alias("origin")
    return {"tests": frame.with_columns(origin)}


EARLIER = replace(
    TODAY,
    parse=earlier,
    parser_version=1,
    keys_since=1,
    remarks=None,
    tables={"tests": {**owid_testing.TESTS, "origin": From(("origin",), default="unspecified")}},
)


def take(store: MemoryStore, source: Source, folder: Path, bracket: str, *, day: int) -> object:
    """Ingest a file in which the entities have a bracket."""
    rows = [
        f"Somewhere - people tested{bracket},{iso3},2021-03-0{number},{number}\n"
        for iso3 in PLACES
        for number in range(1, 5)
    ]
    path = folder / f"{day}.csv"
    path.write_text(HEAD + "".join(rows))
    at = AT + timedelta(days=day)
    run = RunContext(store=store, source=source, at=at + timedelta(days=400), check_quality=False)
    return ingest_snapshot(run, file=str(path), retrieved_at=at).document()


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    """Return a lake with a vintage that parser 1 has read."""
    store = MemoryStore()
    take(store, EARLIER, tmp_path, " (incl. non-PCR)", day=0)
    return store


def test_no_row_is_withdrawn_when_the_keys_are_today_s(store: MemoryStore, tmp_path: Path) -> None:
    """The older vintage is read again first; nothing is held, and nothing has changed."""
    done = take(store, TODAY, tmp_path, "", day=7)
    assert isinstance(done, dict)
    [outcome] = done["outcomes"]
    assert outcome["tables"]["tests"]["deleted"] == 0
    assert (outcome["verdict"], done["alerts"]) == ("unchanged", [])
    vault = VaultReader(store, TODAY.name)
    for vintage in vault.vintages():
        assert vintage.parser_version == 2
        assert set(state_of(vault, "tests", vintage)["origin"]) == {"unspecified"}


def test_what_cannot_be_read_again_stops_the_run(store: MemoryStore, tmp_path: Path) -> None:
    """Nothing is added to keys that would not meet."""
    picky = replace(TODAY, tables={"tests": {**owid_testing.TESTS, "origin": From(("who",))}})
    with pytest.raises(WrongUse, match="1 vintages have the keys of an older parser"):
        take(store, picky, tmp_path, "", day=7)
    assert len(VaultReader(store, TODAY.name).vintages()) == 1


def test_a_lake_of_today_s_keys_is_left_alone(tmp_path: Path) -> None:
    """No rebuild is run."""
    store = MemoryStore()
    for day in (0, 7):
        take(store, TODAY, tmp_path, f" ({day})", day=day)
    assert VaultReader(store, TODAY.name).head is not None
    assert [one.parser_version for one in VaultReader(store, TODAY.name).vintages()] == [2, 2]
    assert isinstance(owid_testing.TESTS["origin"], Always)
