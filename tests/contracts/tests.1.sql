-- Queries of readers of tests, as its columns were in this version. Run on every later one.

-- latest
SELECT "iso3", "observed_on", "origin", "tests_performed_new", "tests_performed_cumulative", "people_tested_new", "people_tested_cumulative", "samples_tested_new", "samples_tested_cumulative", "specimens_processed_new", "positives_new", "positives_cumulative"
FROM read_parquet(getvariable('lake') || '/publisher/tests/latest.parquet')
ORDER BY ALL;

-- history
SELECT "iso3", "observed_on", "origin", "tests_performed_new", "tests_performed_cumulative", "people_tested_new", "people_tested_cumulative", "samples_tested_new", "samples_tested_cumulative", "specimens_processed_new", "positives_new", "positives_cumulative", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/tests/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "iso3", "observed_on", "origin", "tests_performed_new", "tests_performed_cumulative", "people_tested_new", "people_tested_cumulative", "samples_tested_new", "samples_tested_cumulative", "specimens_processed_new", "positives_new", "positives_cumulative"
FROM read_parquet(getvariable('lake') || '/publisher/tests/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "iso3", "observed_on", "origin", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/tests/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/tests/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "iso3", "observed_on", "origin", "tests_performed_new", "tests_performed_cumulative", "people_tested_new", "people_tested_cumulative", "samples_tested_new", "samples_tested_cumulative", "specimens_processed_new", "positives_new", "positives_cumulative"
FROM publisher_tests_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "iso3", "observed_on", "origin", "column", before_text, after_text, kind
FROM publisher_tests_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
