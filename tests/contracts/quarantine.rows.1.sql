-- Queries of readers of quarantine.rows, as its columns were in this version. Run on every later one.

-- latest
SELECT "source", "table", "snapshot_id", "row", "column_name", "rule", "nth", "snapshot_as_of", "snapshot_sha256", "rule_version", "value", "reason", "state", "settled_at"
FROM read_parquet(getvariable('lake') || '/quarantine/rows/latest.parquet')
ORDER BY ALL;

-- history
SELECT "source", "table", "snapshot_id", "row", "column_name", "rule", "nth", "snapshot_as_of", "snapshot_sha256", "rule_version", "value", "reason", "state", "settled_at", valid_from
FROM read_parquet(getvariable('lake') || '/quarantine/rows/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "source", "table", "snapshot_id", "row", "column_name", "rule", "nth", "snapshot_as_of", "snapshot_sha256", "rule_version", "value", "reason", "state", "settled_at"
FROM read_parquet(getvariable('lake') || '/quarantine/rows/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "source", "table", "snapshot_id", "row", "column_name", "rule", "nth", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/quarantine/rows/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/quarantine/rows/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "source", "table", "snapshot_id", "row", "column_name", "rule", "nth", "snapshot_as_of", "snapshot_sha256", "rule_version", "value", "reason", "state", "settled_at"
FROM quarantine_rows_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "source", "table", "snapshot_id", "row", "column_name", "rule", "nth", "column", before_text, after_text, kind
FROM quarantine_rows_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
