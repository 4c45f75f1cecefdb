"""Rule inputs of a few vintages, written as small frames."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import polars as pl

from schemas.records import stamp
from tasks.alerts.rules.reading.large_cells import large_figures
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.vault.revisions import revisions


def rule_input_of(
    dataset: str,
    key: Sequence[str],
    states: Mapping[str, pl.DataFrame],
    *,
    held: Collection[str] = (),
) -> RuleInput:
    """Return the rule input of a dataset; `states`: the whole table by day, in order.

    `held`: the days whose vintages are held back.
    """
    vintages, cells, before = [], [], next(iter(states.values())).head(0)
    for seq, (day, state) in enumerate(states.items()):
        as_of = datetime.fromisoformat(day).replace(tzinfo=UTC)
        digest = hashlib.sha256(f"{dataset}{day}".encode()).hexdigest()
        row = {"seq": seq, "id": f"{stamp(as_of)}-{digest[:8]}", "as_of": as_of}
        origin = {"sha256": digest, "source_url": f"https://example.org/{day}"}
        vintages.append(
            {**row, "rows": state.height, "is_part": False, "held": day in held, **origin}
        )
        changed = revisions(before, state, key=list(key))
        number = pl.lit(seq).alias("seq"), pl.lit(value=seq == 0).alias("is_baseline")
        cells.append(changed.select(*number, *key, "column", "before", "after", "^.*_text$"))
        before = state
    numbers = pl.concat(cells).filter(
        pl.col("before").is_not_null() | pl.col("after").is_not_null()
    )
    ordered = numbers.sort("seq")
    return RuleInput(
        dataset=dataset,
        key=tuple(key),
        vintages=pl.DataFrame(vintages),
        cells=ordered.drop("before_text", "after_text"),
        large=large_figures(ordered, key),
    )


def first(rule_input: RuleInput, count: int) -> RuleInput:
    """Return the rule input of the first `count` vintages."""
    large = rule_input.large
    return RuleInput(
        dataset=rule_input.dataset,
        key=rule_input.key,
        vintages=rule_input.vintages.filter(pl.col("seq") < count),
        cells=rule_input.cells.filter(pl.col("seq") < count),
        large=None if large is None else large.filter(pl.col("seq") < count),
    )


ALLOCATIONS = ("iso3", "product", "mechanism")


def allocations(rows: Sequence[tuple[str, str, int | None]], column: str) -> pl.DataFrame:
    """Return a table of allocations by COVAX from (iso3, product, doses)."""
    shaped = [(iso3, product, "COVAX", doses) for iso3, product, doses in rows]
    schema = dict.fromkeys(ALLOCATIONS, pl.String) | {column: pl.Int64}
    return pl.DataFrame(shaped, schema=schema, orient="row")
