"""The SQL that the catalog is filled into, for DuckDB.

Promises: every path begins with the variable `lake`, so that the text is the same wherever the lake
lies; a time is given as `vaxwatch_instant` reads it.
"""

from string import Template

VIEW = Template("""\
CREATE OR REPLACE VIEW "${name}" AS
FROM read_parquet(getvariable('lake') || '/${path}.parquet');
""")
VINTAGE = Template("""\
${name} AS (
    FROM read_parquet(getvariable('lake') || '/${path}/vintages.parquet')
    SELECT ${columns}
    WHERE as_of <= vaxwatch_instant(${time})
    ORDER BY as_of DESC LIMIT 1
)""")
ASOF = Template("""\
CREATE OR REPLACE MACRO "${name}_asof"(d) AS TABLE
WITH ${vintage},
history_of AS (
    FROM parquet_kv_metadata(getvariable('lake') || '/${path}/history.parquet')
    SELECT max(decode(value)::TIMESTAMPTZ) AS upto WHERE decode(key) = 'vaxwatch.upto'
),
latest_of AS (
    FROM parquet_kv_metadata(getvariable('lake') || '/${path}/latest.parquet')
    SELECT max(decode(value)) AS id WHERE decode(key) = 'vaxwatch.id'
),
known AS (
    FROM read_parquet(getvariable('lake') || '/${path}/history.parquet')
    SELECT * EXCLUDE (valid_from, valid_to)
    WHERE valid_from <= vaxwatch_instant(d)
        AND (valid_to IS NULL OR valid_to > vaxwatch_instant(d))
        AND (SELECT as_of <= upto FROM vintage, history_of)
    UNION ALL BY NAME
    FROM read_parquet(getvariable('lake') || '/${path}/latest.parquet') AS latest
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
        FROM read_parquet(getvariable('lake') || '/${path}/history.parquet'))
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
SELECT ${key}, "column", before, after, before_text, after_text, after - before AS change,
    CASE WHEN before <> 0 THEN (after - before) / before END AS rel_change,
    CASE WHEN after_text IS NULL THEN 'withdrawn' WHEN before_text IS NULL THEN 'added'
        ELSE 'revised' END AS kind, gone
FROM cells
ORDER BY ${key}, "column";
""")
CELL = Template("""\
    SELECT ${key}, '${name}' AS "column",
        ${before_number}::DOUBLE AS before, ${after_number}::DOUBLE AS after,
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
        FROM read_parquet(getvariable('lake') || '/${unread}') AS unread
        WHERE ${same}
            AND (${during})
    )""")
DURING = Template("""\
(unread_from <= vaxwatch_instant(${side})
                AND (unread_to IS NULL OR unread_to > vaxwatch_instant(${side})))""")
KNOWN_AT_BOTH = "(SELECT count(*) FROM vintage_a) = 1 AND (SELECT count(*) FROM vintage_b) = 1"
