-- Queries of readers of offers, as its columns were in this version. Run on every later one.

-- latest
SELECT "offer_id", "iso3", "product", "mechanism", "doses", "status", "who", "happened_on", "source_url", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/offers/latest.parquet')
ORDER BY ALL;

-- history
SELECT "offer_id", "iso3", "product", "mechanism", "doses", "status", "who", "happened_on", "source_url", "product_published", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/offers/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "offer_id", "iso3", "product", "mechanism", "doses", "status", "who", "happened_on", "source_url", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/offers/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "offer_id", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/offers/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/offers/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "offer_id", "iso3", "product", "mechanism", "doses", "status", "who", "happened_on", "source_url", "product_published"
FROM publisher_offers_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "offer_id", "column", before_text, after_text, kind
FROM publisher_offers_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
