"""Snapshots that are held: far fewer bytes, or too many missing keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from schemas.records import Outcome
from schemas.source import Source
from tasks.acceptance.fault_checks import key_loss, size_loss
from tasks.raw.archive import archive_snapshot
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.tasks.publisher import DOSES

DAY = datetime(2022, 2, 10, tzinfo=UTC)
HEADER = "iso3,doses,notes\n"
LARGE = HEADER + f"PSE,1,{'x' * 40_000}\n"
SMALL = HEADER + "PSE,1,\n"


def taken(lake: MemoryStore, folder: Path, body: str, *, day: int, source: Source) -> Outcome:
    """Archive and publish a body that was retrieved so many days later."""
    path = folder / "at_hand.csv"
    path.write_text(body)
    fetched = from_file(source, path, retrieved_at=DAY + timedelta(days=day))
    archive_snapshot(lake, fetched)
    return publish(lake, source, [parse_fetched(source, fetched)], at=DAY)[0]


def test_a_snapshot_with_hardly_any_bytes_is_held_and_not_lost(tmp_path: Path) -> None:
    """Though all rows are there; the next one is judged by the last good one again."""
    lake = MemoryStore()
    verdicts = [
        taken(lake, tmp_path, body, day=day, source=DOSES)
        for day, body in enumerate([LARGE, SMALL, SMALL, LARGE])
    ]
    assert [one.verdict for one in verdicts] == ["new", "held", "held", "unchanged"]
    [reason] = [note for note in verdicts[1].notes if "bytes" in note]
    assert reason.startswith("24 of 40,024 bytes came (0.1 %)")
    vault = VaultReader(lake, DOSES.name)
    assert vault.find("latest").as_of == DAY + timedelta(days=3)
    assert vault.find(DAY + timedelta(days=1)).held


def test_each_source_declares_how_small_is_too_small(tmp_path: Path) -> None:
    """0 switches the check off."""
    lake, lenient = MemoryStore(), replace(DOSES, least_bytes=0)
    taken(lake, tmp_path, LARGE, day=0, source=lenient)
    assert taken(lake, tmp_path, SMALL, day=1, source=lenient).verdict != "held"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"main": 9_999}, {"main": 1}),
        ({"main": 50_000}, {"page": 1}),
        ({}, {"main": 1}),
        ({"main": 50_000, "rows.7": 50_000}, {"main": 10_000}),
    ],
)
def test_sizes_that_cannot_be_compared_hold_nothing(
    before: dict[str, int], now: dict[str, int]
) -> None:
    """Small bodies, other body names, nothing known, and fewer bodies."""
    assert size_loss(before, now, 10) is None


def keys(*names: range | list[str]) -> pl.DataFrame:
    """Return keys of two columns."""
    texts = [f"{name}" for part in names for name in part]
    return pl.DataFrame(
        {"iso3": texts, "product": ["AZ"] * len(texts)},
        schema={"iso3": pl.String, "product": pl.String},
    )


def reason_for(
    known: pl.DataFrame, now: pl.DataFrame, quarantined: pl.DataFrame | None = None
) -> str | None:
    """Return why a snapshot is held, at 35 % and from twenty rows on."""
    quarantined = known.clear() if quarantined is None else quarantined
    return key_loss(known, now, quarantined, smallest=20, most_lost=35)


@pytest.mark.parametrize(("before", "now"), [(100, 65), (340, 221), (20, 0)])
def test_a_sudden_loss_of_rows_is_held(before: int, now: int) -> None:
    """From 35 % on, the sentence says how many rows of how many are gone."""
    reason = reason_for(keys(range(before)), keys(range(now)))
    assert reason
    assert reason.startswith(f"{before - now} of {before} rows are gone")


@pytest.mark.parametrize(("before", "now"), [(100, 66), (340, 222), (19, 0), (0, 0), (9, 300)])
def test_a_small_loss_or_a_small_table_is_not_held(before: int, now: int) -> None:
    """Below 35 %, and against a vintage that had few rows, nothing is held back."""
    assert reason_for(keys(range(before)), keys(range(now))) is None


def test_new_rows_do_not_hide_missing_ones() -> None:
    """A hundred rows then and a hundred now, of which forty are others."""
    reason = reason_for(keys(range(100)), keys(range(40, 140)))
    assert reason
    assert reason.startswith("40 of 100 rows are gone (40.0 %): 0 AZ, 1 AZ, 2 AZ …;")


def test_a_quarantined_row_is_not_missing() -> None:
    """One whose key could not be read may be any of the missing ones."""
    known, now = keys(range(100)), keys(range(60))
    assert reason_for(known, now)
    assert reason_for(known, now, keys(range(60, 70))) is None
    broken = keys(range(60, 70)).with_columns(pl.lit(None, pl.String).alias("iso3"))
    assert reason_for(known, now, broken) is None


def test_size_loss_by_example() -> None:
    """`size_loss`, by its plainest cases."""
    assert (
        size_loss({"main": 50000}, {"main": 4999}, 10)
        == "4,999 of 50,000 bytes came (10.0 %); less than 10 % looks like a fault of the source."
    )
    assert (
        size_loss({"main": 50000}, {"main": 5000}, 10),
        size_loss({"page": 9}, {"main": 1}, 10),
    ) == (None, None)


def test_key_loss_by_example() -> None:
    """`key_loss`, by its plainest cases."""

    def keys(names: range) -> pl.DataFrame:
        return pl.DataFrame({"iso3": [f"{name:03}" for name in names]})

    none = keys(range(1)).clear()
    assert key_loss(keys(range(200)), keys(range(70, 270)), none, smallest=20, most_lost=35) == (
        "70 of 200 rows are gone (35.0 %): 000, 001, 002 …; "
        "a loss of 35 % or more looks like a fault."
    )
    assert key_loss(keys(range(200)), keys(range(69, 200)), none, smallest=20, most_lost=35) is None
