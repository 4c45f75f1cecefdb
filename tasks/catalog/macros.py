"""The SQL of one dataset for DuckDB: views of its files, and macros as-of and diff.

The macros compute from history.parquet and vintages.parquet what the vault computes from its
segments: the same rows and the same changes. A time is given as `vaxwatch_instant` reads it.
"""

from collections.abc import Iterable
from string import Template

from tasks.catalog.datasets import Dataset, Figure, instant
from tasks.catalog.file_views import LAKE, file_views

VINTAGE = Template("""\
${name} AS (
    FROM read_parquet(${lake} || '/${path}/vintages.parquet')
    SELECT ${columns}
    WHERE as_of <= vaxwatch_instant(${time})
    ORDER BY as_of DESC LIMIT 1
)""")
ASOF = Template("""\
CREATE OR REPLACE MACRO "${name}_asof"(d) AS TABLE
WITH ${vintage},
history_of AS (
    FROM parquet_kv_metadata(${lake} || '/${path}/history.parquet')
    SELECT max(decode(value)::TIMESTAMPTZ) AS upto WHERE decode(key) = 'vaxwatch.upto'
),
latest_of AS (
    FROM parquet_kv_metadata(${lake} || '/${path}/latest.parquet')
    SELECT max(decode(value)) AS id WHERE decode(key) = 'vaxwatch.id'
),
known AS (
    FROM read_parquet(${lake} || '/${path}/history.parquet')
    SELECT * EXCLUDE (valid_from, valid_to)
    WHERE valid_from <= vaxwatch_instant(d)
        AND (valid_to IS NULL OR valid_to > vaxwatch_instant(d))
        AND (SELECT as_of <= upto FROM vintage, history_of)
    UNION ALL BY NAME
    FROM read_parquet(${lake} || '/${path}/latest.parquet') AS latest
    SELECT latest.*
    WHERE (SELECT CASE WHEN as_of <= upto THEN false WHEN vintage.id = latest_of.id THEN true
        ELSE error('${name}: history.parquet waits for a compaction; run: vaxwatch compact') END
        FROM vintage, history_of, latest_of)
)
SELECT ${columns}
FROM known CROSS JOIN vintage
ORDER BY ${key};
""")
DIFF = Template("""\
CREATE OR REPLACE MACRO "${name}_diff"(a, b) AS TABLE
WITH ${vintages},
ended AS (
    FROM (SELECT NULL::VARCHAR AS gone WHERE false UNION ALL BY NAME
        FROM read_parquet(${lake} || '/${path}/history.parquet'))
    SELECT ${key}, arg_max(gone, valid_from) AS why
    WHERE gone IS NOT NULL AND valid_to <= vaxwatch_instant(b)
        AND (SELECT vintage_a.as_of < vintage_b.as_of FROM vintage_a, vintage_b)
    GROUP BY ALL
),
compared AS (
    SELECT ${key}, CASE WHEN ${is_gone} THEN why END AS gone, ${pairs}
    FROM "${name}_asof"(a) AS a_ FULL JOIN "${name}_asof"(b) AS b_ USING (${key})
        LEFT JOIN ended USING (${key})
    WHERE ${conditions}
),
cells AS (
${cells}
)
SELECT ${key}, "column", before, after, before_text, after_text,
    CASE WHEN after_text IS NULL THEN 0 ELSE after END - before AS change,
    CASE WHEN before <> 0
        THEN (CASE WHEN after_text IS NULL THEN 0 ELSE after END - before) / before
        END AS rel_change,
    CASE WHEN after_text IS NULL THEN 'withdrawn' WHEN before_text IS NULL THEN 'added'
        ELSE 'revised' END AS kind, gone
FROM cells
ORDER BY ${key}, "column";
""")
CELL = Template("""\
    SELECT ${key}, '${name}' AS "column",
        ${before}::DOUBLE AS before, ${after}::DOUBLE AS after,
        "a ${name}"::VARCHAR AS before_text, "b ${name}"::VARCHAR AS after_text, gone
    FROM compared WHERE "a ${name}" IS DISTINCT FROM "b ${name}"${present}""")
BOTH_HAVE = Template("""
        AND (SELECT "has ${name}" FROM vintage_a) AND (SELECT "has ${name}" FROM vintage_b)""")
IN_SCOPE = Template("""\
coalesce(
        (SELECT since FROM (VALUES ${known}) AS spoken(iso3, since)
            WHERE spoken.iso3 = coalesce(a_.iso3, b_.iso3)),
        ${everywhere}
    ) <= least((SELECT as_of FROM vintage_a), (SELECT as_of FROM vintage_b))""")
READ = Template("""\
NOT EXISTS (
        FROM read_parquet(${lake} || '/${path}/unread.parquet') AS unread
        WHERE ${same}
            AND (${during})
    )""")
DURING = Template("""\
(unread_from <= vaxwatch_instant(${side})
                AND (unread_to IS NULL OR unread_to > vaxwatch_instant(${side})))""")
KNOWN_AT_BOTH = "(SELECT count(*) FROM vintage_a) = 1 AND (SELECT count(*) FROM vintage_b) = 1"


def dataset_sql(dataset: Dataset) -> str:
    """Return the statements for one dataset."""
    names = {
        "name": dataset.name,
        "path": dataset.path,
        "lake": LAKE,
        "key": ", ".join(f'"{name}"' for name in dataset.key),
    }
    has_macros = bool(dataset.figures) and not dataset.is_empty
    statements = file_views(dataset, is_empty=not has_macros)
    if has_macros:
        shown = [*(f'known."{name}"' for name in dataset.key), *map(_shown, dataset.figures)]
        vintage = _vintage(dataset, "vintage", "d")
        statements += [
            ASOF.substitute(names, vintage=vintage, columns=_list(shown)),
            _diff(dataset, names),
        ]
    return "\n".join(statements)


def _diff(dataset: Dataset, names: dict[str, str]) -> str:
    conditions = [KNOWN_AT_BOTH, *_in_scope(dataset), *_not_in_quarantine(dataset)]
    compared = [figure for figure in dataset.figures if figure.is_compared] or dataset.figures
    cells = [
        CELL.substitute(
            key=names["key"],
            name=figure.name,
            before=f'"a {figure.name}"' if figure.is_number else "NULL",
            after=f'"b {figure.name}"' if figure.is_number else "NULL",
            present=BOTH_HAVE.substitute(name=figure.name) if figure.shown else "",
        )
        for figure in compared
    ]
    return DIFF.substitute(
        names,
        is_gone=f'b_."{dataset.key[0]}" IS NULL',
        vintages=",\n".join(_vintage(dataset, f"vintage_{side}", side) for side in "ab"),
        pairs=_list(
            f'{side}_."{figure.name}" AS "{side} {figure.name}"'
            for figure in compared
            for side in "ab"
        ),
        conditions="\n    AND ".join(conditions),
        cells="\n    UNION ALL\n".join(cells),
    )


def _vintage(dataset: Dataset, name: str, time: str) -> str:
    """Return the vintage of a time: id, as_of, and whether it has each column that some lack."""
    has = [f'({one.shown}) AS "has {one.name}"' for one in dataset.figures if one.shown]
    columns = _list(["id", "as_of", *has])
    return VINTAGE.substitute(name=name, lake=LAKE, path=dataset.path, columns=columns, time=time)


def _shown(figure: Figure) -> str:
    column = f'"{figure.name}"'
    if not figure.shown:
        return f"known.{column}"
    return f'CASE WHEN vintage."has {figure.name}" THEN known.{column} END AS {column}'


def _in_scope(dataset: Dataset) -> list[str]:
    """Return the condition that a country is covered at both times; empty when all always are."""
    if dataset.since is None:
        return []
    known = ", ".join(f"('{iso3}', {instant(at)})" for iso3, at in dataset.since.items())
    everywhere = "NULL" if dataset.everywhere is None else instant(dataset.everywhere)
    return [IN_SCOPE.substitute(known=known, everywhere=everywhere)]


def _not_in_quarantine(dataset: Dataset) -> list[str]:
    """Return the condition that a key is in quarantine at neither time; empty if none ever was."""
    if not dataset.has_unparsable:
        return []
    same = [f'unread."{name}" = coalesce(a_."{name}", b_."{name}")' for name in dataset.key]
    during = " OR ".join(DURING.substitute(side=side) for side in "ab")
    return [READ.substitute(lake=LAKE, path=dataset.path, same=" AND ".join(same), during=during)]


def _list(lines: Iterable[str]) -> str:
    return ",\n        ".join(lines)
