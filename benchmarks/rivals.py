"""The same ten rules in raw polars and in dataframely, each with a reason for every bad row."""

from collections.abc import Mapping
from typing import Final

import dataframely as dy
import polars as pl

from benchmarks.made import FIGURES
from schemas.checks import ISO3
from schemas.table import OUTBREAK

FIRST, LAST, BOOSTER = (pl.col(name) for name in FIGURES)
KEY: Final = ("iso3", "observed_on")
RULES: Final = {
    "key_not_null of iso3": pl.col("iso3").is_not_null(),
    "key_not_null of observed_on": pl.col("observed_on").is_not_null(),
    "country_code": pl.col("iso3").str.contains(ISO3),
    "day_not_too_early": pl.col("observed_on") >= OUTBREAK,
    "count_not_negative of first": FIRST >= 0,
    "count_not_negative of last": LAST >= 0,
    "count_not_negative of booster": BOOSTER >= 0,
    "last_within_first_dose": (LAST <= FIRST * 1.02) | (FIRST < 0),
    "booster_within_last_dose": (BOOSTER <= LAST * 1.02) | (LAST < 0),
    "unique_key": ~pl.struct(KEY).is_duplicated(),
}
"""True or null where kept."""
BY_HASH: Final = {**RULES, "unique_key": ~pl.struct(KEY).hash().is_duplicated()}
"""The same, with keys compared by their hashes, as ours are at first."""
NO_FAULT: Final = pl.DataFrame(
    schema={
        "_row": pl.UInt32,
        "iso3": pl.String,
        "observed_on": pl.Date,
        "rule": pl.String,
        "reason": pl.String,
    }
)


def by_polars(
    frame: pl.DataFrame, rules: Mapping[str, pl.Expr] = RULES
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows without a fault, and one row a fault with rule and reason."""
    kept = frame.select(rule.fill_null(value=True).alias(name) for name, rule in rules.items())
    sound = kept.select(pl.all_horizontal(pl.all())).to_series()
    bad = frame.filter(~sound).with_columns(kept.filter(~sound))
    faults = [
        bad.filter(~pl.col(name)).select(
            "_row",
            *KEY,
            pl.lit(name).alias("rule"),
            pl.format("{} {} {} {} breaks {}", *KEY, FIGURES[0], FIGURES[1], pl.lit(name)).alias(
                "reason"
            ),
        )
        for name in RULES
        if not bad[name].all()
    ]
    return frame.filter(sound), pl.concat([NO_FAULT, *faults])


class Vaccinations(dy.Schema):
    """The table as dataframely has it."""

    _row = dy.UInt32()
    iso3 = dy.String(primary_key=True, regex=ISO3)
    observed_on = dy.Date(primary_key=True, min=OUTBREAK)
    people_first_dose = dy.Int64(nullable=True, min=0)
    people_last_dose = dy.Int64(nullable=True, min=0)
    people_booster = dy.Int64(nullable=True, min=0)

    @dy.rule()
    def last_within_first_dose(cls) -> pl.Expr:  # noqa: N805 (dataframely makes it a classmethod)
        """Return whether it is kept."""
        return RULES["last_within_first_dose"]

    @dy.rule()
    def booster_within_last_dose(cls) -> pl.Expr:  # noqa: N805 (as above)
        """Return whether it is kept."""
        return RULES["booster_within_last_dose"]


def by_dataframely(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows without a fault, and the others with a column for every rule."""
    sound, failures = Vaccinations.filter(frame)
    return sound, failures.details()
