"""The table of populations is the one that the embedded archive has."""

import csv

from schemas.population import populations
from vaxwatch.archive import archive_folder


def test_the_table_is_that_of_the_archive() -> None:
    """Every country of the archived file, in people instead of thousands."""
    [path] = archive_folder("un_population").glob("*.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    archived = {row["ISO3"]: round(float(row["Population (thousands)"]) * 1000) for row in rows}
    assert dict(populations()) == archived
