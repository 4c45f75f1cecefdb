"""Real archives, as wide as they are: every as-of is the raw file without its unreadable rows."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.records import Body, Snapshot
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW
from tests.tasks.vault.proof.operations import slow

pytestmark = pytest.mark.corpus

Reader = Callable[[bytes], pl.DataFrame]


def csv(body: bytes) -> pl.DataFrame:
    """Return a CSV file in its own words; an empty cell is null."""
    return pl.read_csv(io.BytesIO(body), infer_schema=False)


def hxl(body: bytes) -> pl.DataFrame:
    """Return the countries of the dashboard's JSON, every value as text."""
    rows = json.loads(body)
    listed = next(
        rows[name] for name in ("cumulative", "national_data", "national") if name in rows
    )
    names = list(dict.fromkeys(name for row in listed for name in row))
    return pl.DataFrame(
        [[None if row.get(name) is None else str(row[name]) for name in names] for row in listed],
        schema=dict.fromkeys(names, pl.String),
        orient="row",
    )


ARCHIVES: dict[str, tuple[Reader, tuple[str, ...], str | None]] = {
    "undp_vaccine_equity": (csv, ("iso3",), None),
    "hdx_humanitarian_dashboard": (hxl, ("#country+code",), None),
    "find_unit_info": (csv, ("set", "unit"), None),
    "find_segregated_pcr_rapid": (csv, ("country", "date"), None),
    "find_tests_timeseries": (csv, ("country", "date"), None),
    "find_testing_daily": (csv, ("country", "date"), "date"),
}
"""By folder: how a file is read, its key, and the column of which a file covers one value."""


def split(frame: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows with a key of their own, and the others as they go into quarantine."""
    bad = pl.any_horizontal(pl.col(name).is_null() for name in key) | ~pl.struct(key).is_unique()
    numbered = frame.with_row_index("row", offset=1)
    others = numbered.filter(bad).select(
        pl.col("row").cast(pl.Int64),
        pl.lit(key[0]).alias("column"),
        pl.lit("key").alias("rule"),
        pl.col(key[0]).alias("value"),
        pl.lit("The key is blank or not unique.").alias("reason"),
        *key,
    )
    return numbered.filter(~bad).drop("row"), others


def drafts(folder: Path) -> Iterator[tuple[Draft, pl.DataFrame]]:
    """Yield every snapshot of an archive with its raw frame, oldest first."""
    read, key, sliced = ARCHIVES[folder.name]
    files = [file for file in sorted(folder.iterdir()) if file.name != "_manifest.json"]
    for file in files:
        raw = read(file.read_bytes())
        sound, others = split(raw, key)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        days = None if sliced is None else {sliced: raw[sliced].drop_nulls().unique().to_list()}
        at = datetime.fromisoformat(file.stem).replace(tzinfo=UTC) + timedelta(hours=12)
        snapshot = Snapshot(
            source="s",
            retrieved_at=at,
            bodies=(Body(name="main", sha256=digest, size=1),),
            url=file.as_uri(),
        )
        content = TableDraft(frame=sound, key=key, quarantined=others, covers=days)
        yield Draft(snapshot=snapshot, tables={"t": content}), raw


def check(
    vault: VaultReader, archive: Sequence[tuple[Draft, pl.DataFrame]], key: Sequence[str]
) -> None:
    """Assert that every vintage is its raw file without the rows that are listed."""
    listed = quarantined_rows(vault)
    state = pl.DataFrame()
    for vintage, (draft, raw) in zip(vault.vintages(), archive, strict=True):
        rows = listed.filter(pl.col("id") == vintage.id)["row"]
        own = raw.with_row_index("row", offset=1).filter(~pl.col("row").is_in(rows.to_list()))
        own = own.drop("row")
        covers = draft.tables["t"].covers
        if covers and state.height:
            kept = state.join(own.select(*covers).unique(), on=list(covers), how="anti")
            own = pl.concat([own, kept], how="diagonal").select(
                *own.columns, *(name for name in kept.columns if name not in own.columns)
            )
        state = own.sort(key)
        assert_frame_equal(state_of(vault, "t", vintage), state)


QUICK = "find_segregated_pcr_rapid"


@pytest.mark.parametrize("name", [name if name == QUICK else slow(name) for name in ARCHIVES])
def test_every_vintage_of_a_real_archive_is_its_raw_file(name: str, corpus: Path) -> None:
    """Entered in one batch, compacted, and entered again the other way round: the same."""
    archive, key = list(drafts(corpus / name)), ARCHIVES[name][1]
    lake = MemoryStore()
    vault = VaultReader(lake, "s")
    commit_snapshots(vault, [draft for draft, _ in archive], at=NOW, kind="backfill")
    check(vault, archive, key)
    compact_vault(vault, at=NOW)
    check(VaultReader(lake, "s"), archive, key)
    assert verify_vault(vault, deep=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHIVES)
def test_a_real_archive_in_any_order_is_the_same(name: str, corpus: Path) -> None:
    """One by one in order, and every other one first: the same vintages, states and segments."""
    archive, key = list(drafts(corpus / name)), ARCHIVES[name][1]
    if ARCHIVES[name][2] is not None:
        archive = archive[
            ::4
        ]  # every slice is replayed for every as-of: the cost grows with the square
    batch = VaultReader(MemoryStore(), "s")
    commit_snapshots(batch, [draft for draft, _ in archive], at=NOW, kind="backfill")
    for order in (archive, archive[::2] + archive[1::2]):
        vault = VaultReader(MemoryStore(), "s")
        for draft, _ in order:
            commit_snapshots(vault, [draft], at=NOW)
            publish_tables(vault)
        assert vault.vintages() == batch.vintages()
        check(vault, archive, key)
        assert verify_vault(vault, deep=True) == []
