-- A query of readers of marts.dim_product, as its columns were in this version. Run on every later one.

-- marts.dim_product
SELECT "product", "maker", "platform", "aliases", "source"
FROM read_parquet(getvariable('lake') || '/marts/dim_product.parquet')
ORDER BY ALL;
