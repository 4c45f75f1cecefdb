-- A query of readers of marts.changes_all, as its columns were in this version. Run on every later one.

-- marts.changes_all
SELECT "source", "dataset", "measure", "unit", "iso3", "product", "part", "observed_on", "as_of", "as_of_date", "vintage_id", "before", "after", "change", "rel_change", "kind", "gone_reason", "severity", "score", "is_correction", "reverted_by", "source_url"
FROM read_parquet(getvariable('lake') || '/marts/changes_all.parquet')
ORDER BY ALL;
