-- A query of readers of marts.freshness, as its columns were in this version. Run on every later one.

-- marts.freshness
SELECT "source", "dataset", "last_had", "last_had_date", "last_new", "last_new_date", "days_unchanged", "versions", "rows", "cadence_days", "stale_from", "stale_from_date", "state"
FROM read_parquet(getvariable('lake') || '/marts/freshness.parquet')
ORDER BY ALL;
