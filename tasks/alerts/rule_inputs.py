"""Panels: what the rules get to see of a source, read from its vault."""

import polars as pl

from tasks.alerts.rules.rule_input import RuleInput
from tasks.vault.vault import Vault


def rule_inputs(vault: Vault) -> list[RuleInput]:
    """Return one panel for each table of a source that has ever had a figure."""
    return [
        rule_input
        for table in vault.tables()
        if (rule_input := rule_input_of(vault, table)) is not None
    ]


def rule_input_of(vault: Vault, table: str) -> RuleInput | None:
    """Return the panel of one table; None before its first figure."""
    changed = vault.cells(table)
    if changed is None:
        return None
    told = vault.told(table)
    counts = pl.DataFrame(
        {
            "rows": [entry.rows for _, _, entry in told.entries()],
            "is_part": [entry.covers is not None for _, _, entry in told.entries()],
            "held": [vintage.held for vintage in told.vintages],
            "sha256": [vintage.manifest_sha256 for vintage in told.vintages],
            "source_url": [vintage.url for vintage in told.vintages],
        },
        schema={
            "rows": pl.Int64,
            "is_part": pl.Boolean,
            "held": pl.Boolean,
            "sha256": pl.String,
            "source_url": pl.String,
        },
    )
    is_number = pl.col("before").is_not_null() | pl.col("after").is_not_null()
    return RuleInput(
        dataset=f"{vault.source}.{table}",
        key=told.key,
        vintages=pl.concat([told.times(), counts], how="horizontal"),
        cells=changed.filter(is_number).select(
            "seq", *told.key, "column", "before", "after", "is_baseline"
        ),
    )
