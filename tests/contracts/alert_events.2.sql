-- A query of readers of alert_events, as its columns were in this version. Run on every later one.

-- alert_events
SELECT "entry", "recorded_at", "source", "origin", "kind", "id", "fingerprint", "rule", "severity", "confidence", "dataset", "iso3", "key", "column", "before", "after", "change", "rel_change", "as_of", "previous_as_of", "group", "sentence", "evidence"
FROM read_parquet(getvariable('lake') || '/alerts/alert_events.parquet')
ORDER BY ALL;
