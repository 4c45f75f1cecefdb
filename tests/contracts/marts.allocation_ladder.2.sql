-- A query of readers of marts.allocation_ladder, as its columns were in this version. Run on every later one.

-- marts.allocation_ladder
SELECT "iso3", "as_of_date", "is_newest", "announced", "announced_source", "announced_on", "allocated", "allocated_source", "allocated_on", "shipped", "shipped_source", "shipped_on", "delivered", "delivered_source", "delivered_on", "administered", "administered_source", "administered_on", "announced_per_head", "announced_of_need", "allocated_per_head", "allocated_of_need", "shipped_per_head", "shipped_of_need", "delivered_per_head", "delivered_of_need", "administered_per_head", "administered_of_need", "people", "people_year", "people_source", "two_dose_need", "stated_target", "stated_target_by", "stated_target_on", "stated_target_url", "allocated_of_stated"
FROM read_parquet(getvariable('lake') || '/marts/allocation_ladder.parquet')
ORDER BY ALL;
