-- A query of readers of changes, as its columns were in this version. Run on every later one.

-- changes
SELECT "source", "as_of", "as_of_date", "id", "column", "before", "after", "before_text", "after_text", "change", "rel_change", "kind", "gone", "last_known", "last_known_until"
FROM read_parquet(getvariable('lake') || '/unicef_market/allocations/changes.parquet')
ORDER BY ALL;
