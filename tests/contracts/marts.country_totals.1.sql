-- A query of readers of marts.country_totals, as its columns were in this version. Run on every later one.

-- marts.country_totals
SELECT "source", "dataset", "iso3", "measure", "unit", "as_of", "as_of_date", "vintage_id", "is_held", "observed_on", "total", "before", "change", "rel_change", "peak", "peak_as_of", "drawdown", "gone_reason", "source_url"
FROM read_parquet(getvariable('lake') || '/marts/country_totals.parquet')
ORDER BY ALL;
