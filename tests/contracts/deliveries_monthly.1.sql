-- Queries of readers of deliveries_monthly, as its columns were in this version. Run on every later one.

-- latest
SELECT "iso3", "product", "mechanism", "month", "doses_delivered_new", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/deliveries_monthly/latest.parquet')
ORDER BY ALL;

-- history
SELECT "iso3", "product", "mechanism", "month", "doses_delivered_new", "product_published", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/deliveries_monthly/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "iso3", "product", "mechanism", "month", "doses_delivered_new", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/deliveries_monthly/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "iso3", "product", "mechanism", "month", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/deliveries_monthly/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/deliveries_monthly/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "iso3", "product", "mechanism", "month", "doses_delivered_new", "product_published"
FROM publisher_deliveries_monthly_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "iso3", "product", "mechanism", "month", "column", before_text, after_text, kind
FROM publisher_deliveries_monthly_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
