-- A query of readers of quarantine.rows, as its columns were in this version. Run on every later one.

-- quarantine.rows
SELECT "source", "table", "id", "as_of", "row", "column", "rule", "value", "reason"
FROM read_parquet(getvariable('lake') || '/quarantine/rows/latest.parquet')
ORDER BY ALL;
