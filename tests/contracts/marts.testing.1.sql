-- A query of readers of marts.testing, as its columns were in this version. Run on every later one.

-- marts.testing
SELECT "source", "iso3", "observed_on", "origin", "as_of", "as_of_date", "people_new", "people_cumulative", "samples_new", "samples_cumulative", "specimens_new", "specimens_cumulative", "tests_new", "tests_cumulative", "positives_new", "positives_cumulative", "is_summed", "unit", "tested", "positivity", "upper_bound_95", "chance_of_no_positive", "flags"
FROM read_parquet(getvariable('lake') || '/marts/testing.parquet')
ORDER BY ALL;
