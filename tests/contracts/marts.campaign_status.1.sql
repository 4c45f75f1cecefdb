-- A query of readers of marts.campaign_status, as its columns were in this version. Run on every later one.

-- marts.campaign_status
SELECT "source", "dataset", "iso3", "as_of", "as_of_date", "status", "doses_administered", "first_on", "is_newest"
FROM read_parquet(getvariable('lake') || '/marts/campaign_status.parquet')
ORDER BY ALL;
