-- Queries of readers of prices, as its columns were in this version. Run on every later one.

-- latest
SELECT "buyer", "product", "reported_on", "usd_per_dose", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/prices/latest.parquet')
ORDER BY ALL;

-- history
SELECT "buyer", "product", "reported_on", "usd_per_dose", "product_published", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/prices/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "buyer", "product", "reported_on", "usd_per_dose", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/prices/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "buyer", "product", "reported_on", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/prices/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/prices/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "buyer", "product", "reported_on", "usd_per_dose", "product_published"
FROM publisher_prices_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "buyer", "product", "reported_on", "column", before_text, after_text, kind
FROM publisher_prices_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
