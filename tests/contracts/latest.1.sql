-- A query of readers of latest, as its columns were in this version. Run on every later one.

-- latest
SELECT "source", "as_of", "as_of_date"
FROM read_parquet(getvariable('lake') || '/unicef_market/allocations/latest.parquet')
ORDER BY ALL;
