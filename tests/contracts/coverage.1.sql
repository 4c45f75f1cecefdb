-- Queries of readers of coverage, as its columns were in this version. Run on every later one.

-- latest
SELECT "iso3", "antigen", "year", "coverage_share", "status", "footnote"
FROM read_parquet(getvariable('lake') || '/publisher/coverage/latest.parquet')
ORDER BY ALL;

-- history
SELECT "iso3", "antigen", "year", "coverage_share", "status", "footnote", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/coverage/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "iso3", "antigen", "year", "coverage_share", "status", "footnote"
FROM read_parquet(getvariable('lake') || '/publisher/coverage/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "iso3", "antigen", "year", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/coverage/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/coverage/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "iso3", "antigen", "year", "coverage_share", "status", "footnote"
FROM publisher_coverage_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "iso3", "antigen", "year", "column", before_text, after_text, kind
FROM publisher_coverage_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
