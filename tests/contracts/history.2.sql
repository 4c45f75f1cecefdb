-- A query of readers of history, as its columns were in this version. Run on every later one.

-- history
SELECT "source", "valid_from", "valid_to", "gone", "as_of", "as_of_date"
FROM read_parquet(getvariable('lake') || '/unicef_market/allocations/history.parquet')
ORDER BY ALL;
