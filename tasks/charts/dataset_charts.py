"""Charts of a dataset: a figure over all versions, or its revisions by day, without an alert."""

import altair as alt
import polars as pl

from schemas.errors import UnknownName, WrongUse
from schemas.figure_wording import subject
from schemas.units import unit_of
from schemas.wording import day, figure, part_name
from tasks.charts.alert_text import words
from tasks.charts.chart_style import ChartText, Drawing, finished
from tasks.charts.date_chart import before_and_after, revision_map, revision_text
from tasks.charts.figure_series import (
    Key,
    accepted_vintages,
    date_column,
    over_dates,
    over_versions,
    revised_dates,
)
from tasks.charts.step_chart import step_chart
from tasks.sources import source_named
from tasks.vault.queries import all_cells
from tasks.vault.vault_reader import VaultReader


def chart_of_dataset(
    vault: VaultReader, table: str, key: Key, column: str | None = None
) -> alt.VConcatChart:
    """Return the chart of one figure of a dataset: the sum over all rows with that key.

    A table about days gives the series as the first and the newest version know it, above its
    revisions; any other gives steps over the versions.

    Raises:
        UnknownName: `key` names a column that is no key column, or there is no such `column`.
        WrongUse: No row has that key; or it has several figures and `column` is None.
    """
    chosen = _column(vault, table, key, column)
    dated = date_column(vault, table)
    drawing, lines = (_by_day if dated else _by_version)(vault, table, key, chosen)
    source, newest = source_named(vault.source), accepted_vintages(vault, table)[-1]
    about = subject(chosen, key) if "iso3" in key else f"{words(chosen)} {part_name(key)}".strip()
    title = f"{about[:1].upper()}{about[1:]}"
    address = newest.url or source.url
    text = ChartText(
        title=title if key else f"{title}: all rows of {vault.source}.{table}",
        lines=lines,
        source=f"Source: {source.shown_by} ({address}), as of the version of {day(newest.as_of)}.",
        alt=f"{title}. {' '.join(lines)}",
    )
    return finished(drawing, text)


def _column(vault: VaultReader, table: str, key: Key, column: str | None) -> str:
    """Return the figure to draw: the one that was asked for, or the only one there is."""
    for name in key:
        if name not in vault.key(table):
            raise UnknownName("key column", name, vault.key(table))
    cells = all_cells(vault, table, only_numbers=True)
    for name, value in key.items():
        if cells is not None:
            cells = cells.filter(pl.col(name).cast(pl.String) == str(value))
    figures = [] if cells is None else cells.drop_nulls("after")["column"].unique().sort().to_list()
    where = ", ".join(f"{name}={value}" for name, value in key.items()) or "the table"
    if not figures:
        raise WrongUse(
            f"{vault.source}.{table} never had a figure for {where}. Values are matched exactly; "
            f"`vaxwatch history` lists near ones."
        )
    if column is not None and column not in figures:
        raise UnknownName("figure", column, figures)
    if column is None and len(figures) > 1:
        raise WrongUse(
            f"{vault.source}.{table} has several figures for {where}: {', '.join(figures)}. "
            f"Name one by --column."
        )
    return column or figures[0]


def _by_version(vault: VaultReader, table: str, key: Key, column: str) -> tuple[Drawing, list[str]]:
    series = over_versions(vault, table, key, column)
    values: list[float] = series["value"].drop_nulls().to_list()
    ends = [figure(one, column) for one in (min(values), max(values), series["value"][-1])]
    text = (
        f"{series.height:,} versions from {day(series['as_of'][0])} to {day(series['as_of'][-1])}: "
        f"least {ends[0]}, greatest {ends[1]}, last {ends[2]}."
    )
    return step_chart(series, column, unit=unit_of(column)), [text]


def _by_day(vault: VaultReader, table: str, key: Key, column: str) -> tuple[Drawing, list[str]]:
    vintages, unit = accepted_vintages(vault, table), unit_of(column)
    known = ((one, over_dates(vault, table, key, column, one)) for one in vintages)
    first, before = next((one, series) for one, series in known if not series.is_empty())
    last, after = vintages[-1], over_dates(vault, table, key, column, vintages[-1])
    names = f"first version: {day(first.as_of)}", f"newest version: {day(last.as_of)}"
    lines = before_and_after(before, after, column, unit=unit, names=names)
    revised = revised_dates(vault, table, key, column)
    texts = [f"{len(vintages):,} versions. {revision_text(before, after, column)}"]
    if revised.is_empty():
        return lines, [*texts, "No version revised a day that was known before."]
    revisions = revision_map(revised, [one.as_of for one in vintages])
    return alt.vconcat(lines, revisions, spacing=30), texts
