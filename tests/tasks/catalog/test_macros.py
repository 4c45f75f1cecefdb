from tasks.catalog.datasets import Dataset
from tasks.catalog.macros import dataset_sql


def test_a_dataset_without_figures_has_views_alone() -> None:
    """Its first statement is the view of the newest vintage."""
    sql = dataset_sql(Dataset(source="a", table="t", key=("iso3",), figures=()))
    assert sql.startswith('CREATE OR REPLACE VIEW "a_t" AS\nFROM read_parquet(')
    assert "coalesce(getvariable('lake'), '.') || '/a/t/latest.parquet'" in sql
    assert "MACRO" not in sql
