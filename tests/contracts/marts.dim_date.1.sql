-- A query of readers of marts.dim_date, as its columns were in this version. Run on every later one.

-- marts.dim_date
SELECT "day", "year", "quarter", "month", "month_begin", "iso_year", "iso_week", "week_begin", "weekday"
FROM read_parquet(getvariable('lake') || '/marts/dim_date.parquet')
ORDER BY ALL;
