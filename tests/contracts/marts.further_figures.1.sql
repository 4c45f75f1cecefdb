-- A query of readers of marts.further_figures, as its columns were in this version. Run on every later one.

-- marts.further_figures
SELECT "source", "dataset", "iso3", "part", "measure", "unit", "as_of", "as_of_date", "vintage_id", "is_held", "observed_on", "figure", "before", "change", "rel_change", "revised", "revised_on", "revised_from", "revised_to", "source_url"
FROM read_parquet(getvariable('lake') || '/marts/further_figures.parquet')
ORDER BY ALL;
