"""Timeline of versions for alerts without a figure: which had a column, in which a table changed.

Promises: the rows are what the vault and the log of schemas have; at most twelve are drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import altair as alt

from schemas.alerts import Alert, Event
from schemas.wording import printable
from tasks.charts.change_marks import instant
from tasks.charts.chart_style import INK, PALE, RED, WIDTH, Drawing
from tasks.charts.figure_series import accepted_vintages
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.sources import source_named
from tasks.vault.queries import all_cells
from tasks.vault.vault_reader import VaultReader

MOST: Final = 12
"""Rows that are drawn."""
ROW: Final = 26
LONGEST: Final = 40
"""Characters of a name."""
KEYS: Final = {
    "R8": "A dark point: the table changed in that version; a ring: it did not.",
    "R18": "A dark point: that version has the column or table; a ring: it has not.",
}
"""What the points are, by rule; the dashed line is the version of the alert."""
Row = Mapping[str, Any]
"""name, at [instant, as text], has."""


def version_rows(vault: VaultReader, alert: Alert, stated: Event) -> list[Row]:
    """Return the rows of the chart of an alert on columns (R18) or silent tables (R8); else none.

    `stated`: the event that the chart shows.
    """
    if alert.rule == "R18":
        return [*_columns(vault, stated.evidence.get("moves", ()))]
    if alert.rule == "R8" and not alert.key and alert.column is None:
        own = [alert.dataset.partition(".")[2]]
        named = [name.replace(" ", "_") for name in stated.evidence.get("tables", own)]
        is_table = not stated.evidence.get("children")
        return [*_tables(vault, named)] if is_table else []
    return []


def _columns(vault: VaultReader, moves: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    schemas = SchemaLogFile(vault.lake, source_named(vault.source)).log.read
    for number, move in enumerate(moves[:MOST]):
        for vintage in vault.vintages():
            if vintage.id not in schemas:
                continue
            tables = schemas[vintage.id].tables
            read = [dict(columns) for name, columns in tables.items() if name in move["tables"]]
            has = bool(read) if move["what"] == "table" else any(move["name"] in it for it in read)
            yield _row(number, move["name"], vintage.as_of, has=has)


def _tables(vault: VaultReader, tables: Sequence[str]) -> Iterator[Row]:
    for number, table in enumerate(tables[:MOST]):
        cells = all_cells(vault, table, only_numbers=True)
        changed = set[int]() if cells is None else set(cells["seq"].to_list())
        held = {one.id for one in vault.vintages(table)} - {
            one.id for one in accepted_vintages(vault, table)
        }
        for seq, vintage, _ in vault.table_history(table).entries():
            if vintage.id not in held:
                yield _row(number, table, vintage.as_of, has=seq in changed)


def _row(number: int, name: str, at: datetime, *, has: bool) -> Row:
    shown = printable(name)
    shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
    return {"name": f"{shown}{' ' * number}", "at": instant(at), "has": has}


def version_chart(rows: Sequence[Row], on: datetime) -> Drawing:
    """Return the chart: a line for each name, a point for each version; `on`: what is marked.

    `rows`: at least one.
    """
    names = list(dict.fromkeys(row["name"] for row in rows))
    axis = alt.Axis(labelLimit=320, ticks=False, labelPadding=8, domain=False)
    y = alt.Y("name:N", sort=names, title=None, axis=axis)
    x = alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=6))
    has, lacks = ([dict(row) for row in rows if row["has"] is one] for one in (True, False))
    marked = alt.Chart(alt.Data(values=[{"at": instant(on)}])).encode(x=x)

    def points(some: Sequence[Row]) -> alt.Chart:
        return alt.Chart(alt.Data(values=[dict(row) for row in some])).encode(x=x, y=y)

    return alt.layer(
        points(rows).mark_line(color=PALE, strokeWidth=1).encode(detail="name:N"),
        points(lacks).mark_point(size=34, fill="white", stroke=INK, strokeWidth=1, opacity=1),
        points(has).mark_point(size=46, filled=True, color=INK, opacity=1),
        marked.mark_rule(color=RED, strokeDash=[4, 3]),
    ).properties(width=WIDTH - 150, height=ROW * len(names))
