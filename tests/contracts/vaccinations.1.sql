-- Queries of readers of vaccinations, as its columns were in this version. Run on every later one.

-- latest
SELECT "iso3", "observed_on", "doses_administered", "people_first_dose", "people_last_dose", "people_booster"
FROM read_parquet(getvariable('lake') || '/publisher/vaccinations/latest.parquet')
ORDER BY ALL;

-- history
SELECT "iso3", "observed_on", "doses_administered", "people_first_dose", "people_last_dose", "people_booster", valid_from
FROM read_parquet(getvariable('lake') || '/publisher/vaccinations/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "iso3", "observed_on", "doses_administered", "people_first_dose", "people_last_dose", "people_booster"
FROM read_parquet(getvariable('lake') || '/publisher/vaccinations/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "iso3", "observed_on", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/publisher/vaccinations/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/publisher/vaccinations/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "iso3", "observed_on", "doses_administered", "people_first_dose", "people_last_dose", "people_booster"
FROM publisher_vaccinations_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "iso3", "observed_on", "column", before_text, after_text, kind
FROM publisher_vaccinations_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
