"""The README.md of a lake: what it is, which files are safe to open, whom to credit."""

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

PAGE = Template("""\
# A vaxwatch lake

Public vaccine dashboards and testing reports overwrite themselves. This folder (or bucket) keeps
every version of them as Parquet: what was published, what was known on any day, and what changed.
It needs no server; every tool that reads Parquet opens it. Only vaxwatch writes here: a file is
replaced whole, never edited.

## Open this

| file | holds |
|---|---|
| `<source>/<table>/latest.parquet` | the newest version that is not held |
| `<source>/<table>/history.parquet` | every version of every row, with `valid_from`, `valid_to` |
| `<source>/<table>/changes.parquet` | every figure that changed: before, after, when |
| `<source>/<table>/vintages.parquet` | every version: when it was retrieved, where it is from |
| `<source>/<table>/flags.parquet` | figures that are published and implausible, and why, if any |
| `<source>/<table>/unread.parquet` | keys whose rows could not be read, and when, if any |
| `marts/*.parquet` | tables across sources for BI tools; each figure names its source |
| `alerts/alerts.parquet` | what was found, as sentences |
| `site/index.html` | pages of countries, tables, sources and alerts, where they were rendered |
| `quarantine/rows/latest.parquet` | rows that could not be read, why, and their state, if any |
| `catalog/lake.duckdb`, `views.sql` | the same as views and macros for DuckDB |
| `catalog/dictionary.csv` | every column: type, unit, what null means |
| `datapackage.json` | all of this for programs (Frictionless Data Package) |

`raw/`, `_vault/` and `alerts/log/` are the archive from which all of it can be made again, and
`alerts/outbox/` and `runs/` state what was sent and which runs there were. Read them with
`vaxwatch`, not with a BI tool.

## Which patterns are safe

- Safe: one file, or one kind of file of one table over all sources: `*/allocations/latest.parquet`,
  `*/tests/history.parquet`. All of them have the same columns in the same order: `source`, all that
  the table declares (null where a source publishes none), `as_of`, `as_of_date`. Spark, DuckDB,
  polars and ClickHouse take such a pattern; pyarrow.dataset takes the list of the files.
- Safe: one mart. The marts are over all sources already; `marts/*.parquet` are other tables each.
- Not safe: a folder, `*.parquet` or `**/*.parquet`. `latest`, `history`, `changes` and `vintages`
  of one table are four tables; a tool that reads them as one counts a dose several times.
- Sources are not parts of one whole: several publish the same doses. Group by `source`.

## What the values mean

Null is *not published*. 0 is a published zero. A row that is absent was absent. Announced,
allocated, shipped, delivered and administered doses are five figures and are never added up.
Figures of two sources are never mixed silently. All instants are UTC.

## As it was known on a day

`latest.parquet` is of now. For any day take the rows of `history.parquet` that were valid at its
end; before the first vintage nothing was known. For the end of 1 February 2022:

```sql
select * from 'unicef_market/allocations/history.parquet'
where valid_from < timestamptz '2022-02-02 00:00:00+00'
  and (valid_to is null or valid_to >= timestamptz '2022-02-02 00:00:00+00');
```

`vaxwatch asof unicef_market.allocations 2022-02-01` and the macro `unicef_market_allocations_asof`
of `catalog/views.sql` give the same. The history of a very large table may lack its newest vintages
until it is compacted; both take that into account.

## Sources, licences, attribution

The software is under the MIT licence. The figures remain under the terms of their publishers.

$sources
## Tables

$tables""")


def readme(resources: Sequence[Mapping[str, Any]]) -> str:
    """Return the README of a lake with these resources of its data package."""
    shown = [one for one in resources if one["kind"] in {"latest", ""}]
    return PAGE.substitute(sources=_sources(shown), tables=_tables(shown))


def _sources(shown: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| source | published by | licence | credit |", "|---|---|---|---|"]
    credited = {one["section"]: one for one in shown if "licenses" in one}
    for source, one in credited.items():
        origin, licence = one["sources"][0], one["licenses"][0]
        terms = (
            f"[{licence['title']}]({licence['path']})" if "path" in licence else licence["title"]
        )
        page = f"[{origin['title']}]({origin['path']})"
        lines.append(f"| `{source}` | {page} | {terms} | {one['attribution']} |")
    return "\n".join([*lines, ""]) if credited else "This lake has no source yet.\n"


def _tables(shown: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| file | key | columns |", "|---|---|---|"]
    for one in shown:
        schema = one["schema"]
        names = ", ".join(field["name"] for field in schema["fields"])
        lines.append(f"| `{one['path']}` | {', '.join(schema.get('primaryKey', []))} | {names} |")
    return "\n".join([*lines, ""])
