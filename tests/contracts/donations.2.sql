-- Queries of readers of donations, as its columns were in this version. Run on every later one.

-- latest
SELECT "iso3", "donor", "product", "doses_pledged", "doses_donated", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/donations/latest.parquet')
ORDER BY ALL;

-- history
SELECT "iso3", "donor", "product", "doses_pledged", "doses_donated", "product_published", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/donations/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "iso3", "donor", "product", "doses_pledged", "doses_donated", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/donations/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "iso3", "donor", "product", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/donations/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/donations/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "iso3", "donor", "product", "doses_pledged", "doses_donated", "product_published"
FROM publisher_donations_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "iso3", "donor", "product", "column", before_text, after_text, kind
FROM publisher_donations_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
