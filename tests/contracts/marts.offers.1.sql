-- A query of readers of marts.offers, as its columns were in this version. Run on every later one.

-- marts.offers
SELECT "source", "offer_id", "iso3", "product", "mechanism", "doses", "status", "who", "happened_on", "source_url", "as_of", "as_of_date"
FROM read_parquet(getvariable('lake') || '/marts/offers.parquet')
ORDER BY ALL;
