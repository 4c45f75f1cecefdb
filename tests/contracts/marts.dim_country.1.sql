-- A query of readers of marts.dim_country, as its columns were in this version. Run on every later one.

-- marts.dim_country
SELECT "iso3", "iso2", "name", "name_ar", "name_zh", "name_fr", "name_ru", "name_es", "name_ko", "who_region", "people", "people_year", "people_source", "aliases"
FROM read_parquet(getvariable('lake') || '/marts/dim_country.parquet')
ORDER BY ALL;
