-- A query of readers of dim_product, as its columns were in this version. Run on every later one.

-- dim_product
SELECT "product", "maker", "platform", "aliases", "source"
FROM read_parquet(getvariable('lake') || '/catalog/dim_product.parquet')
ORDER BY ALL;
