-- A query of readers of marts.alerts, as its columns were in this version. Run on every later one.

-- marts.alerts
SELECT "fingerprint", "rule", "severity", "confidence", "state", "origin", "source", "dataset", "iso3", "key", "measure", "before", "after", "change", "rel_change", "as_of", "as_of_date", "previous_as_of", "opened_as_of", "alert_group", "sentence", "note", "context"
FROM read_parquet(getvariable('lake') || '/marts/alerts.parquet')
ORDER BY ALL;
