-- A query of readers of marts.compare_sources, as its columns were in this version. Run on every later one.

-- marts.compare_sources
SELECT "measure", "unit", "iso3", "as_of_date", "unicef_market", "covax_allocations", "undp_vaccine_equity", "hdx_humanitarian", "who_vaccination", "owid_vaccinations", "sources", "least", "most", "ratio", "is_newest"
FROM read_parquet(getvariable('lake') || '/marts/compare_sources.parquet')
ORDER BY ALL;
