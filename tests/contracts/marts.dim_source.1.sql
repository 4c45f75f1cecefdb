-- A query of readers of marts.dim_source, as its columns were in this version. Run on every later one.

-- marts.dim_source
SELECT "source", "title", "publisher", "url", "licence", "attribution", "cadence_days", "tables", "ended", "by_hand"
FROM read_parquet(getvariable('lake') || '/marts/dim_source.parquet')
ORDER BY ALL;
