"""R5 and R6: doses that are not shipped, and doses that are not given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.alerts.rules.stalls.unshipped import R5
from tasks.alerts.rules.stalls.unused import R6
from tests.rule_inputs import first, rule_input_of
from tests.tasks.alerts.test_evaluate import cut

BEGIN = date(2022, 1, 2)
SUPPLY = ("iso3", "product", "mechanism")
Weekly = Mapping[str, Sequence[int | None]]
"""The figures of each country, week by week."""


def supply(column: str, figures: Weekly, product: str = "Covovax") -> RuleInput:
    """Return weekly vintages of a table of allocations or deliveries."""
    table = "allocations" if column == "doses_allocated" else "deliveries"
    schema = dict.fromkeys(SUPPLY, pl.String) | {column: pl.Int64}
    return _weekly(
        table, SUPPLY, schema, {(iso3, product, "COVAX"): w for iso3, w in figures.items()}
    )


def given(figures: Weekly) -> RuleInput:
    """Return weekly vintages of doses given."""
    schema = {"iso3": pl.String, "doses_administered": pl.Int64}
    rows = {(iso3,): weeks for iso3, weeks in figures.items()}
    return _weekly("vaccinations_current", ("iso3",), schema, rows)


def _weekly(table: str, key: Sequence[str], schema: Mapping, rows: Mapping) -> RuleInput:
    states = {}
    for week in range(len(next(iter(rows.values())))):
        state = [(*name, weeks[week]) for name, weeks in rows.items() if weeks[week] is not None]
        day = (BEGIN + timedelta(weeks=week)).isoformat()
        states[day] = pl.DataFrame(state, schema=schema, orient="row")
    return rule_input_of(f"s.{table}", key, states)


def stalls(promised: Weekly, shipped: Weekly) -> list[Finding]:
    """Return what R5 finds."""
    inputs = [supply("doses_allocated", promised), supply("doses_delivered", shipped)]
    return evaluate(inputs, shown_by="It", rules=[R5])


MOVING = {"ETH": [1_000 * week for week in range(16)]}
"""Another country, to which doses are shipped each week."""


def test_a_promise_of_which_nothing_is_shipped_in_eight_weeks() -> None:
    """Opens eight weeks after the promise; resolves with a shipment; absent is not shipped."""
    promised = {"PRK": [None, None] + [1_540_800] * 14}
    [finding] = stalls(promised, MOVING | {"PRK": [None] * 13 + [600_000] * 3})
    opened, resolved = finding.events
    assert (finding.rule, finding.key, finding.column) == ("R5", {"iso3": "PRK"}, "doses_allocated")
    assert opened.as_of.date() == BEGIN + timedelta(weeks=10)
    assert (opened.severity, opened.before, opened.after) == ("medium", 1_540_800, None)
    assert opened.sentence == (
        "It showed 1,540,800 doses allocated to Korea, DPR (PRK) on 13 Mar 2022, and no figure "
        "delivered; none were delivered in the 8 weeks before."
    )
    assert opened.evidence["product"] == "Covovax"
    assert resolved.sentence.endswith(
        "The version of 3 Apr 2022 shows 600,000 delivered of 1,540,800."
    )


@pytest.mark.parametrize(
    "shipped",
    [[400_000] * 16, [0] * 7 + [10_000] * 9, [60_000 * week for week in range(16)]],
    ids=["little is left", "shipped a little", "shipped all the time"],
)
def test_what_is_shipped_or_small_is_no_stall(shipped: list[int]) -> None:
    """Half of it, 100,000 doses and eight weeks without any are needed."""
    assert stalls({"PRK": [500_000] * 15}, MOVING | {"PRK": shipped}) == []


def test_a_table_of_shipments_that_stands_still_is_no_stall() -> None:
    """That is a matter of R8: it says nothing about any country."""
    still = {"PRK": [0] * 16, "ETH": [5_000] * 16}
    assert stalls({"PRK": [500_000] * 16}, still) == []


def test_a_promise_that_is_withdrawn_waits_for_nothing() -> None:
    """Not even where it is withdrawn in the version in which it would have waited for too long."""
    promised = {"PRK": [1_540_800] * 8 + [None] * 8, "ETH": [9_000_000] * 16}
    shipped = {"PRK": [0] * 16, "ETH": [1_000_000 * week for week in range(16)]}
    assert stalls(promised, shipped) == []


def test_countries_that_wait_for_the_same_product_are_one_alert() -> None:
    """Named by what waits most; over when more than half of them have doses."""
    names = ("BFA", "COL", "NGA", "PRK")
    promised = {iso3: [300_000 + 1_000_000 * n] * 16 for n, iso3 in enumerate(names)}
    shipped = {iso3: [0] * (12 + n) + [900_000 * (n + 1)] * (4 - n) for n, iso3 in enumerate(names)}
    [finding] = stalls(promised, MOVING | shipped)
    assert (finding.key, finding.about) == ({}, "stall of Covovax")
    assert finding.events[0].sentence == (
        "It showed doses allocated to 4 countries, mostly Covovax, half of which or more were not "
        "delivered on 27 Feb 2022; none were delivered in the 8 weeks before. Largest: Korea, DPR "
        "(PRK) 0 of 3,300,000, Nigeria (NGA) 0 of 2,300,000, Colombia (COL) 0 of 1,300,000."
    )
    assert finding.events[1].kind == "resolved"


def uses(delivered: Weekly, used: Weekly) -> list[Finding]:
    """Return what R6 finds."""
    return evaluate([supply("doses_delivered", delivered), given(used)], shown_by="It", rules=[R6])


def test_doses_of_which_less_than_half_are_given_after_fourteen_weeks() -> None:
    """It resolves with some distance from the threshold."""
    used = [10_000 * week for week in range(16)] + [520_000, 560_000, 570_000]
    [finding] = uses({"COD": [1_000_000] * 19}, {"COD": used})
    opened, resolved = finding.events
    assert (finding.about, opened.severity) == ("unused", "low")
    assert opened.sentence == (
        "It showed 140,000 doses given in Congo, DR (COD) on 10 Apr 2022, 14 % of the 1,000,000 "
        "that were delivered 14 weeks before."
    )
    assert resolved.as_of.date() == BEGIN + timedelta(weeks=17)


def test_a_stock_that_lasts_for_long_is_a_risk_and_no_waste() -> None:
    """Old doses of which more are there than half a year's use."""
    used = [600_000 + 1_000 * week for week in range(16)]
    [finding] = uses({"COD": [1_000_000] * 16}, {"COD": used})
    assert finding.about == "expiry risk"
    assert finding.events[0].sentence == (
        "It showed 614,000 doses given in Congo, DR (COD) on 10 Apr 2022, of the 1,000,000 that "
        "were delivered 14 weeks before; at the use of the last 8 weeks the rest lasts for 386 "
        "more. When it expires is not published: it is a risk."
    )


def test_an_old_figure_of_doses_given_is_not_judged() -> None:
    """Where nothing new was reported for six weeks, R8 is the matter."""
    used = [10_000 * min(week, 7) for week in range(16)]
    assert uses({"COD": [1_000_000] * 16}, {"COD": used}) == []


def test_versions_that_repeat_everything_raise_nothing() -> None:
    """Neither rule opens because time goes by on the same figures."""
    used = [10_000 * min(week, 15) for week in range(18)]
    assert uses({"COD": [None, None] + [1_000_000] * 16}, {"COD": used}) == []
    moving = {"ETH": [1_000 * min(week, 7) for week in range(12)]}
    assert stalls({"PRK": [500_000] * 12}, moving | {"PRK": [0] * 12}) == []


def test_a_digit_too_many_in_the_deliveries_is_no_stock() -> None:
    """Only doses that are still there count."""
    delivered = [1_000_000, 10_000_000] + [1_000_000] * 14
    used = [700_000 + 10_000 * week for week in range(16)]
    assert uses({"PSE": delivered}, {"PSE": used}) == []


def supply_chain() -> list[RuleInput]:
    """Return three tables of one source, in which both rules find something."""
    promised = {"PRK": [1_540_800] * 16, "BFA": [500_000] * 12 + [900_000] * 4}
    shipped = MOVING | {"PRK": [0] * 12 + [900_000] * 4, "BFA": [0] * 16}
    shipped |= {"COD": [1_000_000] * 16}
    used = {iso3: [500 * week for week in range(16)] for iso3 in ("PRK", "ETH", "COD")}
    return [supply("doses_allocated", promised), supply("doses_delivered", shipped), given(used)]


def test_what_is_found_depends_on_no_later_vintage() -> None:
    """The findings of the first vintages are those of all, cut to the first."""
    inputs = supply_chain()
    everything = evaluate(inputs, shown_by="It", rules=[R5, R6])
    assert {finding.rule for finding in everything} == {"R5", "R6"}
    for count in range(1, 17):
        early = [first(one, count) for one in inputs]
        ids = {name for one in early for name in one.vintages["id"]}
        assert cut(evaluate(early, shown_by="It", rules=[R5, R6]), ids) == cut(everything, ids)


def test_deliveries_by_other_channels_do_not_count_where_they_are_apart() -> None:
    """Doses allocated by COVAX are compared with those shipped by COVAX."""
    own = supply("doses_delivered", MOVING | {"PRK": [0] * 16})
    bought = supply("doses_delivered", {"PRK": [50_000 * week for week in range(16)]})
    cells = bought.cells.with_columns(pl.lit("Donations").alias("mechanism"))
    both = replace(own, cells=pl.concat([own.cells, cells]).sort("seq"))
    promised = supply("doses_allocated", {"PRK": [500_000] * 16})
    [finding] = evaluate([promised, both], shown_by="It", rules=[R5])
    assert finding.events[0].as_of.date() == BEGIN + timedelta(weeks=8)
