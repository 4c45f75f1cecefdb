-- A query of readers of marts.promise_steps, as its columns were in this version. Run on every later one.

-- marts.promise_steps
SELECT "source", "dataset", "iso3", "measure", "unit", "as_of", "as_of_date", "vintage_id", "is_held", "total", "before", "change", "rel_change", "peak", "peak_as_of", "drawdown", "gone_reason", "parts", "alert", "source_url"
FROM read_parquet(getvariable('lake') || '/marts/promise_steps.parquet')
ORDER BY ALL;
