import re

from schemas.tables import TABLES, descriptions_of
from schemas.units import unit_of


def test_units_are_those_of_the_descriptions_of_the_columns() -> None:
    """A column that states its unit in brackets has the same one here."""
    stated = {
        column: found[1]
        for table in TABLES
        for column, description in descriptions_of(table).items()
        if (found := re.search(r"\[([^\]]+)\]", description))
        and found[1] != "same unit"  # as the tests beside it
    }
    assert len(stated) >= 20
    assert {column: unit_of(column) for column in stated} == stated
