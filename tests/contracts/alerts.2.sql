-- A query of readers of alerts, as its columns were in this version. Run on every later one.

-- alerts
SELECT "fingerprint", "rule", "severity", "confidence", "state", "origin", "dataset", "iso3", "key", "column", "before", "after", "change", "rel_change", "as_of", "previous_as_of", "group", "sentence", "opened_as_of", "note"
FROM read_parquet(getvariable('lake') || '/alerts/alerts.parquet')
ORDER BY ALL;
