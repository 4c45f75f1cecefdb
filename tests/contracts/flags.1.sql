-- A query of readers of flags, as its columns were in this version. Run on every later one.

-- flags
SELECT "column", "rule", "rule_version", "value", "reason"
FROM read_parquet(getvariable('lake') || '/unicef_market/allocations/flags.parquet')
ORDER BY ALL;
