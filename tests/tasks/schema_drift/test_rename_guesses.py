"""Guesses which new column is one that is gone."""

import polars as pl

from tasks.schema_drift.rename_guesses import rename_guesses


def frame(text: str) -> pl.DataFrame:
    """Return a table of comma-separated cells."""
    names, *rows = [line.split(",") for line in text.splitlines()]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_rename_with_another_unit_names_the_factor() -> None:
    """Figures that are all a thousandth of those before are the same in another unit."""
    before = frame("iso3,doses\nPRK,1000\nKHM,25000\nLAO,7000")
    now = frame("iso3,doses (thousands)\nPRK,1\nKHM,25\nLAO,7.1")
    [guess] = rename_guesses(before, now, gone=["doses"], key=["iso3"])
    assert guess.sentence() == (
        "Perhaps 'doses' is called 'doses (thousands)' now: the same within 10 % when divided by "
        "1,000, so its unit is another: in 100 % of 3 rows with the same iso3."
    )


def test_without_a_key_values_are_compared_as_sets() -> None:
    """Columns of other kinds and mostly different values are not proposed."""
    before = frame("kind,count\na,1\na,2\nb,2")
    now = frame("sort,other,number\nb,x,7\na,y,8\na,x,9")
    assert [
        (one.gone, one.new, one.key) for one in rename_guesses(before, now, gone=["kind", "count"])
    ] == [("kind", "sort", ())]
    assert rename_guesses(before, before, gone=[]) == []
