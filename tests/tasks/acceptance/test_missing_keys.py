"""When so many rows are gone at once that it is held to be a fault of the source."""

import polars as pl
import pytest

from tasks.acceptance.fault_checks import key_loss


def keys(*names: range | list[str]) -> pl.DataFrame:
    """Return keys of two columns."""
    told = [f"{name}" for part in names for name in part]
    return pl.DataFrame(
        {"iso3": told, "product": ["AZ"] * len(told)},
        schema={"iso3": pl.String, "product": pl.String},
    )


def judged(
    known: pl.DataFrame, now: pl.DataFrame, unread: pl.DataFrame | None = None
) -> str | None:
    """Return why a snapshot is held, at 35 % and from twenty rows on."""
    unread = known.clear() if unread is None else unread
    return key_loss(known, now, unread, smallest=20, most_lost=35)


@pytest.mark.parametrize(("before", "now"), [(100, 65), (340, 221), (20, 0)])
def test_a_sudden_loss_of_rows_is_held(before: int, now: int) -> None:
    """From 35 % on, the sentence says how many rows of how many are gone."""
    told = judged(keys(range(before)), keys(range(now)))
    assert told
    assert told.startswith(f"{before - now} of {before} rows are gone")


@pytest.mark.parametrize(("before", "now"), [(100, 66), (340, 222), (19, 0), (0, 0), (9, 300)])
def test_a_small_loss_or_a_small_table_is_not_held(before: int, now: int) -> None:
    """Below 35 %, and against a vintage that had few rows, nothing is held back."""
    assert judged(keys(range(before)), keys(range(now))) is None


def test_as_many_others_in_their_place_hide_nothing() -> None:
    """A hundred rows then and a hundred now, of which forty are others."""
    told = judged(keys(range(100)), keys(range(40, 140)))
    assert told
    assert told.startswith("40 of 100 rows are gone (40.0 %): 0 AZ, 1 AZ, 2 AZ …;")


def test_a_row_that_could_not_be_read_is_not_gone() -> None:
    """Its key stands in quarantine; one whose key is broken too may be any of them."""
    known, now = keys(range(100)), keys(range(60))
    assert judged(known, now)
    assert judged(known, now, keys(range(60, 70))) is None
    broken = keys(range(60, 70)).with_columns(pl.lit(None, pl.String).alias("iso3"))
    assert judged(known, now, broken) is None
