"""The page of a table: what it shows now, how it changed, and whether that is as expected."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from schemas.figure_kinds import figure_kind
from schemas.tables import TABLES
from schemas.wording import figure, is_share
from tasks.marts.builders.country_states import DAY
from tasks.marts.lake_table import SERIES
from tasks.site import addresses
from tasks.site.alert_lines import alert_lines
from tasks.site.change_lines import part_text
from tasks.site.exact_figures import WHOLE, exact
from tasks.site.period_text import dated_figure
from tasks.site.tables.expectation_lines import expectation_lines
from tasks.site.tables.figure_steps import line_id
from tasks.site.tables.heat_map import heat_map, revised_days, revised_totals
from tasks.site.tables.table_facts import TableFacts
from tasks.site.tables.version_lines import version_lines
from tasks.vault.states import state_of

MOST_FIGURES: Final = 1_500
MOST_ROWS: Final = 100
MOST_ALERTS: Final = 10


def table_values(
    facts: TableFacts,
    *,
    pages: Mapping[str, str],
    schema: Mapping[str, Any],
    quarantine: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return the values of a table's page.

    `pages`: the pages of versions by id. `schema`: of `schema_history`. `quarantine`: rows by rule
    and state.
    """
    figures = figure_rows(facts)
    return {
        **_facts_beside(facts, pages),
        "totals": _totals(facts),
        "figures": figures,
        "figures_left": facts.figures.height - len(figures),
        "listed": None if figures else listed_rows(facts),
        "heat": _heat(facts),
        "schema": schema,
        "quarantine": quarantine,
        "data": addresses.table_data(facts.dataset) if figures else "",
    }


def page_origins(facts: TableFacts, pages: Mapping[str, str]) -> list[object]:
    """Return what the page of a table follows from, without computing its figures.

    Of `table_values` all but `schema` and `quarantine`.
    """
    state = facts.shown.tables[facts.table].state
    return [_facts_beside(facts, pages), state, facts.figure_origins, facts.change_hashes]


def _facts_beside(facts: TableFacts, pages: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a table's page that are no figures of it."""
    return {
        **identity(facts),
        "rows": facts.shown.tables[facts.table].rows,
        "is_series": bool(set(facts.vault.key(facts.table)) & set(SERIES)),
        **version_lines(facts, pages),
        "alerts": alert_lines(facts.alerts, MOST_ALERTS),
        "alerts_left": max(len(facts.alerts) - MOST_ALERTS, 0),
        "quality": expectation_lines(facts),
        "query_at": facts.content.base_url or "lake",
    }


def identity(facts: TableFacts) -> dict[str, Any]:
    """Return what names a table and its source on every page of it."""
    source, table = facts.source, facts.table
    about = (TABLES[table].__doc__ or "").strip().split("\n\n")
    return {
        "dataset": facts.dataset,
        "title": table.replace("_", " ").capitalize(),
        "about": [" ".join(part.split()) for part in about],
        "source": source.name,
        "source_title": source.title,
        "shown_by": source.shown_by,
        "publisher": source.publisher,
        "address": source.url,
        "licence": source.licence,
        "attribution": source.attribution,
        "ended": source.ended,
        "newest": {"id": facts.shown.id, "as_of": facts.shown.as_of},
    }


def figure_rows(facts: TableFacts) -> list[dict[str, Any]]:
    """Return the first figures, a row for each country, part and measure that ever had one."""
    return [
        {
            "id": line_id(row["iso3"], row["part"], row["measure"]),
            "iso3": row["iso3"],
            "part": part_text(row["part"]),
            "measure": row["measure"],
            "text": step_text(facts.dataset, row),
            "since": row["as_of"],
        }
        for row in facts.figures.head(MOST_FIGURES).iter_rows(named=True)
    ]


def step_text(dataset: str, step: Mapping[str, Any]) -> str:
    """Return a figure as the page and the time machine show it, with the day that it is about."""
    return dated_figure(dataset, step["measure"], exact(step, "total"), step[DAY])


def listed_rows(facts: TableFacts) -> dict[str, Any]:
    """Return the first rows of a table without figures by country, as they stand."""
    rows = state_of(facts.vault, facts.table, facts.shown)
    columns = [name for name in rows.columns if name not in {"product_published", "offer_id"}]
    shown = rows.select(columns).head(MOST_ROWS)
    return {
        "columns": columns,
        "rows": [[_cell(name, value) for name, value in row.items()] for row in shown.to_dicts()],
        "left": max(rows.height - MOST_ROWS, 0),
    }


def _cell(column: str, value: object) -> str:
    if isinstance(value, (int, float)):
        return figure(value, column)
    return "no figure" if value is None else str(value)


def _totals(facts: TableFacts) -> list[dict[str, Any]]:
    """Return the sum of each figure over the countries, which shares and flows do not have."""
    found: list[dict[str, Any]] = []
    for measure in facts.figures["measure"].unique().sort():
        own = facts.figures.filter(pl.col("measure") == measure)
        given = own.filter(pl.col("total").is_not_null())
        is_summed = not is_share(measure) and figure_kind(measure) in {"promise", "counter"}
        found.append(
            {
                "measure": measure,
                "total": _sum(given) if is_summed and given.height else None,
                "is_summed": is_summed,
                "countries": given["iso3"].n_unique(),
                "without": own["iso3"].n_unique() - given["iso3"].n_unique(),
            }
        )
    return found


def _sum(given: pl.DataFrame) -> float:
    """Return the sum of figures, exactly where one is large."""
    if given[WHOLE].is_null().all():
        return float(given["total"].sum())
    return sum(int(exact(row, "total") or 0) for row in given.iter_rows(named=True))


def _heat(facts: TableFacts) -> dict[str, Any] | None:
    if set(facts.vault.key(facts.table)) & set(SERIES):
        changes = facts.content.part("changes_all", "dataset", facts.dataset)
        held = [one.id for one in facts.vintages if one.held]
        return heat_map(revised_days(changes.filter(~pl.col("vintage_id").is_in(held))))
    return heat_map(revised_totals(facts.steps))
