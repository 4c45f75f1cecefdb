"""How many missing keys look like a fault of the source."""

import polars as pl
import pytest

from tasks.acceptance.fault_checks import key_loss


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
