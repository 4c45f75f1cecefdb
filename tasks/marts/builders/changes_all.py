"""All changes: every published figure that changed, of every source, with a score to sort by."""

from typing import Final

import polars as pl

from schemas.figure_kinds import COUNTERS, PROMISES
from schemas.population import populations
from schemas.tables import TABLES
from schemas.units import unit_of
from schemas.wording import is_share
from tasks.alerts.rules.model.severity import SCALE
from tasks.marts.lake_table import SERIES, LakeTable, MartInputs, part_columns

ALL_TABLES: Final = frozenset(TABLES)
TAKEN_BACK: Final = 0.05
"""Share of a change that may remain when the next one takes it back."""
MOST_DAYS: Final = 30
"""Of a country that goes on, more days than these that go in one version are a thinned series."""
NAMES: Final = {"as_of": "as_of", "id": "vintage_id", "column": "measure", "gone": "gone_reason"}
FIGURE: Final = ("measure", "iso3", "part", "observed_on")
"""What identifies a figure of one dataset."""
PLAIN: Final = ("before", "after", "kind", "last_known")
HAS_FIGURE: Final = pl.any_horizontal(pl.col("before", "after").is_not_null())


def changes_all(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `changes_all`: the columns of ChangesAll."""
    parts = [_changes(table) for table in inputs.tables]
    return pl.concat(parts) if parts else pl.DataFrame()


def _changes(table: LakeTable) -> pl.DataFrame:
    """Return the changed figures of one dataset."""
    changes = revisions_of(table) if set(table.key) & set(SERIES) else table.changes(HAS_FIGURE)
    addresses = table.vintages.select(vintage_id="id", source_url="source_url")
    return _judged(named_changes(changes, table)).join(addresses, on="vintage_id", how="left")


def named_changes(changes: pl.DataFrame, table: LakeTable, *more: str) -> pl.DataFrame:
    """Return rows of changes.parquet with what the mart has of them, and `more` of its columns."""
    day = next((name for name in ("observed_on", "month") if name in table.key), None)
    part = [pl.col(name).cast(pl.String) for name in (*part_columns(table.key), *_year(table))]
    none = pl.lit(None, pl.String)
    return changes.select(
        *(pl.col(name).alias(alias) for name, alias in NAMES.items()),
        *PLAIN,
        (pl.col("iso3") if "iso3" in table.key else none).alias("iso3"),
        (pl.col("product") if "product" in table.key else none).alias("product"),
        (pl.concat_str(part, separator=" / ") if part else pl.lit("")).alias("part"),
        (pl.col(day) if day else pl.lit(None, pl.Date)).alias("observed_on"),
        pl.lit(table.source).alias("source"),
        pl.lit(table.dataset).alias("dataset"),
        *more,
    )


def revisions_of(table: LakeTable) -> pl.DataFrame:
    """Return changes of a series, not its new days, nor those that a thinned series leaves out."""
    is_back = pl.col("last_known").is_not_null()
    return without_thinned(table.changes(HAS_FIGURE, (pl.col("kind") != "added") | is_back), table)


def without_thinned(changes: pl.DataFrame, table: LakeTable) -> pl.DataFrame:
    """Return changes without days of countries that go on, where one version leaves out many."""
    if "iso3" not in table.key:
        return changes
    goes_on = pl.col("iso3").is_in(table.latest["iso3"].unique().to_list())
    is_gone = pl.col("kind") == "withdrawn"
    days_gone = is_gone.sum().over("id", "column", "iso3")
    return changes.filter(~(is_gone & goes_on & (days_gone > MOST_DAYS)))


def _year(table: LakeTable) -> list[str]:
    return ["year"] if "year" in table.key else []


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Return changes with their size, their severity, and what takes what back."""
    before, now = pl.col("before"), pl.col("after").fill_null(0)
    units = {name: unit_of(name) for name in rows["measure"].unique()}
    rows = rows.sort(*FIGURE, "as_of").with_columns(
        change=pl.when(before.is_not_null()).then(now - before),
        unit=pl.col("measure").replace_strict(units, return_dtype=pl.String),
        as_of_date=pl.col("as_of").dt.date(),
    )
    rel, change = pl.col("rel_change"), pl.col("change")
    size = pl.when(rel.is_null()).then(1.0).otherwise(rel.abs().clip(upper_bound=1))
    return (
        rows.with_columns(rel_change=pl.when(before != 0).then(change / before))
        .with_columns(score=(1 + change.abs()).log10() * size, severity=_severity())
        .pipe(_with_returns)
    )


def _severity() -> pl.Expr:
    """Return the severity of a fall of a promise or a counter, on the scale of alerts."""
    people = pl.col("iso3").replace_strict(dict(populations()), default=None, return_dtype=pl.Int64)
    shares = [name for name in PROMISES if is_share(name)]
    fall, is_share_of_people = -pl.col("change"), pl.col("measure").is_in(shares)
    lost = pl.when(is_share_of_people).then(fall * people).otherwise(fall)
    per_head = pl.when(is_share_of_people).then(fall).otherwise(fall / people)
    found = pl.lit(None, pl.String)
    for level in reversed(SCALE):
        is_enough = lost >= level.amount
        if level.per_head is not None:
            is_enough |= (per_head >= level.per_head).fill_null(value=False)
        is_so = (-pl.col("rel_change") >= level.fall) & is_enough.fill_null(value=False)
        found = pl.when(is_so).then(pl.lit(level.severity)).otherwise(found)
    judged = pl.col("measure").is_in([*PROMISES, *COUNTERS])
    risen = pl.when(pl.col("change") > 0).then(pl.lit("info")).otherwise(found)
    return pl.when(judged).then(risen)


def _with_returns(rows: pl.DataFrame) -> pl.DataFrame:
    """Return sorted changes with is_correction, and reverted_by of those that they take back."""
    is_same_figure = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(name).shift()) for name in FIGURE
    )
    earlier, first = (pl.col(name).shift() for name in ("before", "after"))
    left = (pl.col("after") - earlier).abs()
    near = left <= TAKEN_BACK * (first.fill_null(0) - earlier.fill_null(0)).abs()
    same = pl.col("after").eq_missing(earlier) & (first.is_not_null() | earlier.is_not_null())
    takes_back = is_same_figure & (near.fill_null(value=False) | same)
    following = pl.col("is_correction").shift(-1).fill_null(value=False)
    return rows.with_columns(is_correction=takes_back.fill_null(value=False)).with_columns(
        reverted_by=pl.when(following).then(pl.col("vintage_id").shift(-1))
    )
