-- Queries of readers of quality.results, as its columns were in this version. Run on every later one.

-- latest
SELECT "dataset", "expectation", "topic", "title", "note", "vintage_id", "vintage_as_of", "state", "judged_at", "is_met", "observed", "least", "most", "seen", "expected", "sentence", "compared_with", "fault", "waived_by", "waived_reason", "waived_until", "basis"
FROM read_parquet(getvariable('lake') || '/quality/results/latest.parquet')
ORDER BY ALL;

-- history
SELECT "dataset", "expectation", "topic", "title", "note", "vintage_id", "vintage_as_of", "state", "judged_at", "is_met", "observed", "least", "most", "seen", "expected", "sentence", "compared_with", "fault", "waived_by", "waived_reason", "waived_until", "basis", valid_from
FROM read_parquet(getvariable('lake') || '/quality/results/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT "dataset", "expectation", "topic", "title", "note", "vintage_id", "vintage_as_of", "state", "judged_at", "is_met", "observed", "least", "most", "seen", "expected", "sentence", "compared_with", "fault", "waived_by", "waived_reason", "waived_until", "basis"
FROM read_parquet(getvariable('lake') || '/quality/results/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, "dataset", "expectation", "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/quality/results/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/quality/results/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT "dataset", "expectation", "topic", "title", "note", "vintage_id", "vintage_as_of", "state", "judged_at", "is_met", "observed", "least", "most", "seen", "expected", "sentence", "compared_with", "fault", "waived_by", "waived_reason", "waived_until", "basis"
FROM quality_results_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT "dataset", "expectation", "column", before_text, after_text, kind
FROM quality_results_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
