"""A declaration that fits no table is refused with its fault, and nothing is read by it."""

from dataclasses import replace

import pytest

from schemas.columns import Across, Columns, From
from schemas.errors import WrongUse
from schemas.source import Schedule, Source
from tasks.parsing.declaration import require_whole_declaration
from tasks.sources import SOURCES
from tasks.steps.parse import read_snapshot
from tests.tasks.publisher import DOSES, KEY

NO_PRODUCT: Columns = {name: how for name, how in KEY.items() if name != "product"}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (replace(DOSES, tables={"doses": KEY}), "the table 'doses' in its declaration; expected"),
        (
            replace(DOSES, tables={"deliveries": {**KEY, "published_on": From(("day",))}}),
            "'deliveries' with the column published_on in its declaration; expected columns of iso",
        ),
        (
            replace(DOSES, layouts={"deliveries": (NO_PRODUCT,)}),
            "'deliveries' with no column product in its declaration; expected its whole key, iso3",
        ),
        (
            replace(DOSES, schedule=Schedule(cron="57 7 * *", timezone="UTC")),
            r"the cron '57 7 \* \*' in its declaration; expected five fields",
        ),
        (
            replace(DOSES, schedule=Schedule(cron="57 7 * * 1", timezone="Europe/Zuerich")),
            "the timezone 'Europe/Zuerich' in its declaration; expected an IANA name",
        ),
    ],
)
def test_a_declaration_that_fits_no_table_is_refused(source: Source, fault: str) -> None:
    """The sentence names the file to change, before the bytes are looked at."""
    with pytest.raises(WrongUse, match=f"doses: seen .*{fault}.*Change tasks/sources/doses.py"):
        read_snapshot(source, None)  # pyright: ignore[reportArgumentType]


def test_a_key_may_stand_side_by_side() -> None:
    """A column that cells side by side are read into is declared, too."""
    across = Across(names=("a", "b"), into="product")
    columns: Columns = {**NO_PRODUCT, "doses_delivered": across}
    require_whole_declaration(replace(DOSES, tables={"deliveries": columns}))


def test_every_declaration_is_whole() -> None:
    """As of every source that there is."""
    for source in SOURCES:
        require_whole_declaration(source)
