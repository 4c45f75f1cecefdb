"""Flags: which published figures are implausible, and why, as a table beside the figures.

Promises: `flags.parquet` covers the rows of `latest.parquet`; it is replaced whole, only when it
changes, and is absent where there never was a flag. The figures stay as the source shows them.
"""

from datetime import date, timedelta
from functools import partial
from typing import Final

import polars as pl

from schemas.tables import TABLES, checks_of, dtypes_of, key_of
from schemas.validation_rules import VALIDATION_RULES
from schemas.versions import FILE_VERSIONS
from tasks.parsing.row_checks import faults_of
from tasks.vault.parquet_metadata import PublishedFile, descriptions_json, update_file
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

TOMORROW: Final = timedelta(days=1)
FLAG_COLUMNS: Final = {
    "column": "the figure that is implausible; it is published as the source shows it",
    "rule": "what it breaks",
    "rule_version": "version of that rule",
    "value": "the figure as text",
    "reason": "a sentence that says why",
}
DTYPES: Final = dict.fromkeys(FLAG_COLUMNS, pl.String) | {"rule_version": pl.Int64}
JUDGED_BY: Final = ",".join(
    f"{rule.name}:{rule.version}"
    for rule in VALIDATION_RULES.values()
    if rule.kind == "implausible"
)
"""Rules and versions that flags were computed with; a change computes them again."""


def flags_of(frame: pl.DataFrame, table: str, *, until: date | None = None) -> pl.DataFrame:
    """Return the implausible figures among the published rows of a table.

    `frame`: the rows; columns or types that the table does not have are not judged. `until`: a
    later day is implausible; None: days are not judged by that.

    Returns:
        The key columns, column, rule, rule_version, value [the figure as text], reason [a
        sentence], sorted by key, column and rule; no row where all is plausible.
    """
    dtypes, key = dtypes_of(table), key_of(table)
    rows = frame.select(name for name, dtype in dtypes.items() if frame.schema.get(name) == dtype)
    checks = [
        check
        for check in checks_of(table, rows.columns, until=until)
        if check.rule.kind == "implausible"
    ]
    found = [
        frame.select(key).clear().with_columns(pl.lit(None, t).alias(n) for n, t in DTYPES.items())
    ]
    found += [
        rows[at].select(
            *key,
            pl.lit(check.column).alias("column"),
            pl.lit(check.rule.name).alias("rule"),
            pl.lit(check.rule.version, pl.Int64).alias("rule_version"),
            pl.col(check.column).cast(pl.String).alias("value"),
            check.reason.alias("reason"),
        )
        for check, at in faults_of(rows, checks, dtypes)
    ]
    return pl.concat(found).sort(*key, "column", "rule")


def publish_flags(vault: VaultReader) -> list[str]:
    """Bring the flags of every table of a source up to its `latest`; return the names written.

    Nothing is written where the flags are the same, nor the first time where there are none.
    Raises LostRace.
    """
    known = vault.head.tables if vault.head else ()
    names = {table: f"{table}/flags.parquet" for table in known if table in TABLES}
    return [
        f"{vault.source}/{name}"
        for table, name in names.items()
        if update_file(vault.store, name, partial(_flags_file, vault, table))
    ]


def _flags_file(
    vault: VaultReader, table: str, there: PublishedFile
) -> tuple[pl.DataFrame, dict[str, str]] | None:
    """Return the flags of a table and their stamps; None where `there` has them already.

    A table whose vintages are all retracted has none.
    """
    if vault.head is None:
        return None
    if vault.newest(table) is None:
        flags = there.frame().clear() if there.blob and not there.frame().is_empty() else None
        nothing = {"id": "", "as_of": "", "state": "", "gen": str(vault.head.number)}
        return None if flags is None else (flags, _metadata(vault, table, flags) | nothing)
    shown = vault.shown(table)
    stamped = {
        "id": shown.id,
        "as_of": shown.as_of.isoformat(),
        "state": shown.tables[table].state,
        "gen": str(vault.head.number),
        "rules": JUDGED_BY,
    }
    if all(there.metadata.get(name) == fact for name, fact in stamped.items() if name != "gen"):
        return None
    until = shown.as_of.date() + TOMORROW
    flags = flags_of(state_of(vault, table, shown), table, until=until)
    known = there.frame() if there.blob else flags.clear()
    if known.equals(flags):
        return None
    return flags, _metadata(vault, table, flags) | stamped


def _metadata(vault: VaultReader, table: str, flags: pl.DataFrame) -> dict[str, str]:
    """Return the metadata of a file of flags, without that of the vintage it is about."""
    assert vault.head is not None
    return {
        "dataset": f"{vault.source}.{table}",
        "key": ",".join((*key_of(table), "column", "rule")),
        "columns": descriptions_json(flags, vault.head.tables[table].descriptions, FLAG_COLUMNS),
        "layout": str(FILE_VERSIONS["flags"]),
    }
