-- A query of readers of history, as its columns were in this version. Run on every later one.

-- history
SELECT "valid_from", "valid_to", "gone"
FROM read_parquet(getvariable('lake') || '/unicef_market/allocations/history.parquet')
ORDER BY ALL;
