"""R3: what one product or country loses, another one gains."""

from collections.abc import Mapping
from datetime import date
from random import Random

import polars as pl

from schemas.alerts import Finding
from schemas.rule_settings import DEFAULTS
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.falls.matching_gains import between_countries
from tasks.alerts.rules.falls.swaps import R3
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of

Rows = list[tuple[str, str, int | None]]
GAINS = {
    "NPL": 1_190_613,
    "PHL": 3_904_331,
    "GTM": 2_646_217,
    "NZL": 509_393,
    "GEO": 212_123,
    "AUT": 707_791,
    "BLR": 1_971_427,
    "COM": 162_083,
    "HND": 1_692_593,
    "TZA": 3_000_001,
}
"""What countries gained beside a fall, by country."""
MINUS = "\u2212"


def found_in(*states: Rows, column: str = "doses_allocated") -> list[Finding]:
    """Return the findings in vintages given as rows of (iso3, product, doses)."""
    tables = {
        f"2022-01-{day:02d}": allocations(rows, column) for day, rows in enumerate(states, start=1)
    }
    rule_input = rule_input_of("s.allocations", ALLOCATIONS, tables)
    return evaluate([rule_input], shown_by="The list")


def short(findings: list[Finding]) -> list[tuple[str, str, dict]]:
    """Return rule, severity and key of each finding."""
    return [(f.rule, f.events[0].severity, dict(f.key)) for f in findings]


def test_a_product_with_another_name_is_one_medium_alert() -> None:
    """What is gone and what is new are one matter; no destination is claimed."""
    [swap] = found_in([("PRK", "AstraZeneca", 1_000_000)], [("PRK", "Covovax", 1_000_000)])
    opened = swap.events[0]
    assert (swap.rule, opened.severity, swap.key["product"]) == ("R3", "medium", "AstraZeneca")
    assert opened.sentence == (
        "The list showed no figure any more for doses of AstraZeneca allocated to Korea, DPR (PRK) "
        "on 2 Jan 2022; 1,000,000 in the version before. Matching gain: Covovax no figure → "
        "1,000,000."
    )
    assert opened.evidence["matching_gain"] == {
        "key": {"iso3": "PRK", "product": "Covovax", "mechanism": "COVAX"},
        "before": None,
        "after": 1_000_000,
    }
    assert {one["rule"] for one in opened.evidence["also"]} == {"R0", "R2"}


def test_products_that_exchange_their_figures_are_information() -> None:
    """Each has what the other had, but for some growth."""
    before: Rows = [("ERI", "A", 500_000), ("ERI", "B", 100_000)]
    [swap] = found_in(before, [("ERI", "A", 102_000), ("ERI", "B", 520_000)])
    assert (swap.rule, swap.events[0].severity) == ("R3", "info")
    assert "The figures seem to be exchanged with B 100,000 → 520,000." in swap.events[0].sentence


def test_a_total_that_falls_is_a_cut_whatever_else_rises() -> None:
    """Two percent less is a cut."""
    before: Rows = [("ERI", "A", 1_000_000)]
    assert [f.rule for f in found_in(before, [("ERI", "B", 990_000)])] == ["R3"]
    assert {f.rule for f in found_in(before, [("ERI", "B", 980_000)])} == {"R2"}


def test_a_country_gains_what_another_one_loses() -> None:
    """One alert about the country that loses, within five percent."""
    before: Rows = [("ERI", "A", 900_000), ("SOM", "A", 400_000), ("UGA", "A", 700_000)]
    after: Rows = [("ERI", "A", 500_000), ("SOM", "A", 790_000), ("UGA", "A", 700_000)]
    [swap] = found_in(before, before, after)
    assert short([swap]) == [("R3", "medium", {"iso3": "ERI"})]
    assert swap.events[0].sentence == (
        "The list showed 500,000 doses allocated to Eritrea (ERI) on 3 Jan 2022; 900,000 in the "
        f"version before ({MINUS}44.4 %). Matching gain: Somalia (SOM) 400,000 → 790,000."
    )
    other: Rows = [("ERI", "A", 500_000), ("SOM", "A", 779_000), ("UGA", "A", 700_000)]
    assert {f.rule for f in found_in(before, before, other)} == {"R1", "R0"}


def test_a_country_that_always_gains_as_much_matches_nothing() -> None:
    """Growth as before is no matching gain."""
    states: list[Rows] = [
        [("ERI", "A", 900_000), ("SOM", "A", 400_000 + 390_000 * week)] for week in range(4)
    ]
    after: Rows = [("ERI", "A", 500_000), ("SOM", "A", 1_960_000)]
    assert "R3" not in {f.rule for f in found_in(*states, after)}


def test_a_gain_that_matches_among_many_is_chance() -> None:
    """A critical fall stays one, as Armenia's of 1,167,394 when Nepal gained 2 % more than that."""
    before = {"ARM": 2_153_199, **dict.fromkeys(GAINS, 1_000_000)}
    after = {"ARM": 985_807, **{iso3: 1_000_000 + gain for iso3, gain in GAINS.items()}}
    alone = after | {iso3: 1_000_000 for iso3 in GAINS if iso3 != "NPL"}
    assert {f.rule for f in _moved(before, alone) if f.key.get("iso3") == "ARM"} == {"R3"}
    [fall] = [f for f in _moved(before, after) if f.key.get("iso3") == "ARM"]
    assert (fall.rule, fall.events[0].severity) == ("R7", "critical")


def test_round_numbers_match_by_chance() -> None:
    """An exact gain of 100,000 says little where others gain, too; one of 100,829 says much."""
    gains = dict(list(GAINS.items())[1:5])
    for lost, rule in ((100_000, "R7"), (100_829, "R3")):
        before = {"COG": 500_000, "AGO": 1_520_000, **dict.fromkeys(gains, 1_000_000)}
        after = {iso3: 1_000_000 + gain for iso3, gain in gains.items()}
        after |= {"COG": 500_000 - lost, "AGO": 1_520_000 + lost}
        rules = {f.rule for f in _moved(before, after) if f.key.get("iso3") == "COG"}
        assert rules == {rule}, lost


def test_a_random_fall_among_random_gains_is_seldom_matched() -> None:
    """However many countries gain at once: in one version of twenty at most."""
    draw = Random(7)  # noqa: S311 (nothing is secret)
    thresholds = R3.thresholds(DEFAULTS)
    for count in (2, 10, 100):
        found = [*between_countries(_drawn(draw, count, versions=200), ["iso3"], thresholds)]
        assert len(found) <= 10, count


def _drawn(draw: Random, count: int, *, versions: int) -> pl.DataFrame:
    """Return changes in which, by version, one country falls and so many others gain."""
    rows = [
        {
            "seq": seq,
            "iso3": f"{iso3}{seq}",
            "column": "doses_administered",
            "before": 2e7,
            "after": 2e7 + round(10 ** draw.uniform(4, 7)) * (-1 if iso3 == "fall" else 1),
            "is_baseline": False,
        }
        for seq in range(versions)
        for iso3 in ("fall", *(f"gain {n}" for n in range(count)))
    ]
    return pl.DataFrame(rows)


def _moved(before: Mapping[str, int], after: Mapping[str, int]) -> list[Finding]:
    """Return the findings where doses given were `before` twice, then `after`."""
    states: list[Rows] = [
        [(iso3, "A", doses) for iso3, doses in state.items()] for state in (before, before, after)
    ]
    return found_in(*states, column="doses_administered")


def test_the_next_version_takes_a_swap_back() -> None:
    """Back as before: reverted, and no raise or cut of its own."""
    before: Rows = [("ERI", "A", 500_000), ("ERI", "B", 50_000)]
    moved: Rows = [("ERI", "A", 100_000), ("ERI", "B", 450_000)]
    [swap] = found_in(before, moved, before)
    assert [e.kind for e in swap.events] == ["opened", "reverted"]


def test_doses_move_from_one_series_to_another() -> None:
    """In a table with days the newest figures are compared; growth of either is no swap."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "doses_administered": pl.Int64}

    def vintage(day: int, **moved: int) -> pl.DataFrame:
        start = {"ERI": 900_000, "SOM": 400_000, "UGA": 700_000}
        rows = [
            (
                iso3,
                date(2022, 1, n),
                doses + 1_000 * n * n + (moved.get(iso3, 0) if n == day else 0),
            )
            for iso3, doses in start.items()
            for n in range(1, day + 1)
        ]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def alerts(**moved: int) -> list[Finding]:
        tables = {f"2022-01-{day + 1:02d}": vintage(day) for day in range(1, 6)}
        tables["2022-01-07"] = vintage(6, **moved)
        given = rule_input_of("s.vaccinations", ("iso3", "observed_on"), tables)
        return evaluate([given], shown_by="The list")

    assert alerts() == []
    [swap] = alerts(ERI=-300_000, SOM=300_000)
    assert (swap.rule, dict(swap.key), swap.events[0].severity) == ("R3", {"iso3": "ERI"}, "medium")
    assert "Matching gain: Somalia (SOM) 425,000 → 736,000." in swap.events[0].sentence
    assert {one.rule for one in alerts(ERI=-300_000, SOM=200_000)} == {"R7"}
