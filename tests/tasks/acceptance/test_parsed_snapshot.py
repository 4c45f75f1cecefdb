from datetime import date

import pytest

from schemas.waivers import Waiver
from tasks.acceptance.parsed_snapshot import with_waived_budgets
from tasks.sources import source_named

SOURCE = source_named("unicef_market")
DAY = date(2022, 2, 10)


def waiver(rule: str, dataset: str, **key: str) -> Waiver:
    """Return a waiver that holds to the end of a day."""
    return Waiver(
        rule=rule, dataset=dataset, key=key, reason="Known.", owner="a@example.org", expires=DAY
    )


@pytest.mark.parametrize(
    ("known", "tables"),
    [
        (waiver("budget", "unicef_market.allocations"), {"allocations"}),
        (waiver("budget", "unicef_market.d*"), {"deliveries", "deliveries_monthly", "donations"}),
        (waiver("budget", "who_cases.cases"), set[str]()),
        (waiver("R1", "unicef_market.allocations"), set[str]()),
        (waiver("*", "*"), set[str]()),
        (waiver("budget", "unicef_market.allocations", iso3="PRK"), set[str]()),
    ],
)
def test_a_waiver_lifts_the_budget_of_the_tables_it_is_about(
    known: Waiver, tables: set[str]
) -> None:
    """Only on its days; one that names a key is not about a whole table."""
    assert with_waived_budgets(SOURCE, [known], DAY).unlimited == tables
    assert with_waived_budgets(SOURCE, [known], date(2022, 2, 11)) is SOURCE
