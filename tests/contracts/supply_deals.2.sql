-- Queries of readers of supply_deals, as its columns were in this version. Run on every later one.

-- latest
SELECT "buyer", "supplier", "product", "deal_on", "doses_committed", "doses_optioned", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/supply_deals/latest.parquet')
ORDER BY ALL;

-- history
SELECT "buyer", "supplier", "product", "deal_on", "doses_committed", "doses_optioned", "product_published", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/supply_deals/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "buyer", "supplier", "product", "deal_on", "doses_committed", "doses_optioned", "product_published"
FROM read_parquet(getvariable('lake') || '/publisher/supply_deals/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "buyer", "supplier", "product", "deal_on", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/supply_deals/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/supply_deals/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "buyer", "supplier", "product", "deal_on", "doses_committed", "doses_optioned", "product_published"
FROM publisher_supply_deals_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "buyer", "supplier", "product", "deal_on", "column", before_text, after_text, kind
FROM publisher_supply_deals_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
