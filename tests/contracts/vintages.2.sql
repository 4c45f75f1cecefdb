-- A query of readers of vintages, as its columns were in this version. Run on every later one.

-- vintages
SELECT "source", "id", "as_of", "as_of_date", "ingested_at", "is_new", "held", "rows", "inserted", "updated", "deleted", "seen", "unchanged", "unseen", "hidden", "quarantined", "columns", "sha256", "source_url", "parser_version"
FROM read_parquet(getvariable('lake') || '/unicef_market/allocations/vintages.parquet')
ORDER BY ALL;
