"""R13: countries, products and figures that are gone, and names that are only others."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.falls.disappearance import R13
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.alerts.rules.registry import RULES
from tests.rule_inputs import ALLOCATIONS, allocations, first, rule_input_of

Rows = Sequence[tuple[str, str, int | None]]
CODES = [f"X{a}{b}" for a in "ABCDEF" for b in "ABCDEFGHIJ"]
OTHERS: Rows = [(iso3, "A", 2_000_000) for iso3 in CODES]


def vintages(*states: Rows, column: str = "doses_delivered") -> RuleInput:
    """Return the rule input of vintages given as rows of (iso3, product, doses)."""
    tables = {
        f"2022-06-{day:02d}": allocations([*OTHERS, *rows], column)
        for day, rows in enumerate(states, start=1)
    }
    return rule_input_of("u.deliveries", ALLOCATIONS, tables)


def found_in(
    *states: Rows, column: str = "doses_delivered", rules: Sequence[Rule] = RULES
) -> list[Finding]:
    """Return the findings in such vintages."""
    return evaluate([vintages(*states, column=column)], shown_by="The table", rules=rules)


def short(findings: list[Finding]) -> list[tuple[str, str, int]]:
    """Return rule, severity and grain of each finding."""
    return [(f.rule, f.events[0].severity, len(f.key)) for f in findings]


def test_a_figure_that_comes_back_after_its_confirmation_ends_the_alert() -> None:
    """Whatever it is; Ghana had no doses given for two versions, and an open alert for good."""
    there: Rows = [("GHA", "A", 13_000_000)]
    [gone] = found_in(there, there, there, [], [], [], [("GHA", "A", 13_047_826)], there)
    assert (gone.rule, gone.events[0].severity) == ("R13", "critical")
    assert [event.kind for event in gone.events] == ["opened", "confirmed", "resolved"]
    assert gone.events[-1].sentence.endswith(
        " Confirmed: the version of 5 Jun 2022 shows no figure. Back: the version of 7 Jun 2022 "
        "shows 13,047,826."
    )
    assert gone.events[-1].after == 13_047_826


def test_many_figures_that_go_together_are_one_and_a_fall_stays_apart() -> None:
    """8 June 2022: 24 countries lose their figure, Czechia's falls by 99.5 percent."""
    codes = CODES[:24]
    before: Rows = [("CZE", "A", 27_415_175)]
    tables = {
        f"2022-06-{day:02d}": allocations(
            [
                *((iso3, "A", None if day == 8 and iso3 in codes else 9_000_000) for iso3 in CODES),
                *(before if day < 8 else [("CZE", "A", 135_129)]),
            ],
            "doses_delivered",
        )
        for day in range(3, 9)
    }
    found = evaluate([rule_input_of("u.deliveries", ALLOCATIONS, tables)], shown_by="The table")
    czechia, group = sorted(found, key=lambda f: -len(f.key))
    assert (group.rule, group.about, group.events[0].severity) == ("R17", "gone", "high")
    assert group.events[0].confidence == czechia.events[0].confidence == "unconfirmed"
    assert group.events[0].evidence["count"] == 24
    assert group.events[0].sentence.startswith(
        "The table showed no doses delivered any more for 24 of 61 countries on 8 Jun 2022. "
        "Largest: XAA 9,000,000 → no figure"
    )
    assert short([czechia]) == [("R12", "critical", 1)]
    assert "\u221299.5 %" in czechia.events[0].sentence


def test_whole_countries_that_vanish_are_one_however_small() -> None:
    """8 February 2021: seven countries leave a page of 63, one of them with hardly a figure."""
    schema = {"iso3": pl.String, "cases_cumulative": pl.Int64, "cases_new": pl.Int64}
    every = [(iso3, 90_000, 100) for iso3 in CODES[:56]]
    gone = [("PRK", 1, 0), *((iso3, 50_000, 50) for iso3 in CODES[54:60])]
    tables = {
        f"2021-02-0{day}": pl.DataFrame(
            [*every, *(gone if day < 8 else [])], schema=schema, orient="row"
        ).unique("iso3", keep="last", maintain_order=True)
        for day in (4, 5, 6, 8)
    }
    tables["2021-02-08"] = tables["2021-02-08"].filter(~pl.col("iso3").is_in([g[0] for g in gone]))
    [group] = evaluate([rule_input_of("h.cases_current", ("iso3",), tables)], shown_by="It")
    assert (group.rule, group.about, group.column) == ("R17", "gone", "cases_cumulative")
    children = group.events[0].evidence["children"]
    assert len(children) == 7
    assert "PRK" in {child["key"]["iso3"] for child in children}


def test_what_was_there_in_few_versions_is_at_most_medium() -> None:
    """In three of the last four, or in all there are: as bad as it is."""
    there, absent = [("PAK", "A", 111_000_000)], []
    whole, some = ("R13", "critical", 1), ("R13", "medium", 1)
    assert short(found_in(there, there, there, absent)) == [whole]
    assert short(found_in(there, there, absent)) == [whole]
    assert short(found_in(there, absent)) == [some]
    new = ("R0", "info", 1)
    assert short(found_in(absent, there, there, there, absent)) == [new, whole]
    assert short(found_in(absent, absent, absent, there, absent)) == [new, some]
    assert short(found_in(there, absent, there, there, absent)) == [some, whole]
    assert short(found_in(there, absent, absent, there, absent)) == [some, some]
    assert found_in([("PAK", "A", 900)], absent) == []


def test_many_countries_without_a_new_figure_are_one_event() -> None:
    """OCHA's doses given, there for one week, are gone for 22 countries: 122 million."""
    codes = [f"X{letter}{n}" for letter in "AB" for n in range(11)]
    other = [("PRK", "B", 5_000)]
    shown: Rows = [*other, *((iso3, "A", 5_542_516) for iso3 in codes)]
    [group] = [f for f in found_in(other, other, shown, other) if f.about == "gone"]
    assert (group.rule, group.events[0].severity) == ("R17", "medium")
    assert group.events[0].before == 22 * 5_542_516


def test_the_next_version_confirms_or_reverts() -> None:
    """Back is any figure."""
    there: Rows = [("TUR", "A", 162_508_161)]
    [undone] = found_in(there, there, there, [], there)
    assert [e.kind for e in undone.events] == ["opened", "reverted"]
    [stands] = found_in(there, there, there, [], [])
    assert [e.kind for e in stands.events] == ["opened", "confirmed"]
    assert stands.events[0].sentence == (
        "The table showed no figure any more for doses delivered to Türkiye (TUR) on 4 Jun 2022; "
        "162,508,161 in the version before."
    )


def test_a_product_that_goes_is_reported_unless_its_country_falls_with_it() -> None:
    """In a steady total at most medium; as a part of its country's fall not at all."""
    both: Rows = [("ERI", "A", 9_000_000), ("ERI", "B", 120_000)]
    [single] = found_in(both, both, both, [("ERI", "A", 9_130_000)], rules=[R13])
    assert short([single]) == [("R13", "medium", 3)]
    assert single.events[0].sentence.endswith("stayed within 2 % of what it was (+0.1 %).")
    [fall] = found_in(both, both, both, [("ERI", "A", 6_000_000)])
    assert short([fall]) == [("R7", "high", 1)]
    assert "with B 120,000 → no figure" in fall.events[0].sentence


def test_another_name_for_the_same_figures_is_no_disappearance() -> None:
    """A country and a product under another name: low, and the sentence names it."""
    old: Rows = [("SWZ", "A", 503_417)]
    [country] = found_in(old, old, old, [("XKX", "A", 503_417)], rules=[R13])
    assert short([country]) == [("R13", "low", 1)]
    assert country.events[0].sentence.endswith("The same figure appears as Kosovo (XKX).")
    old = [("SWZ", "A", 503_417), ("SWZ", "B", 70_000)]
    new: Rows = [("SWZ", "A2", 503_417), ("SWZ", "B", 70_000)]
    [product] = found_in(old, old, old, new, rules=[R13])
    assert short([product]) == [("R13", "low", 3)]
    assert product.events[0].sentence.endswith("The same figure appears as A2.")


@pytest.mark.parametrize("column", ["doses_delivered", "doses_allocated"])
def test_another_name_of_a_country_is_no_swap_and_no_withdrawal(column: str) -> None:
    """It is one alert, of severity low; the rise under the new name is none."""
    old: Rows = [("SWZ", "A", 503_417), ("KEN", "A", 90_000)]
    new: Rows = [("XKX", "A", 503_417), ("KEN", "A", 90_000)]
    found = found_in(old, old, old, new, column=column)
    assert [(one.rule, one.key, one.events[0].severity) for one in found] == [
        ("R13", {"iso3": "SWZ"}, "low")
    ]
    also = {one["rule"] for one in found[0].events[0].evidence["also"]}
    assert "R3" in also


def test_promises_are_left_to_r2_unless_a_small_country_is_gone() -> None:
    """R2 begins at 100,000 doses."""
    large: Rows = [("SWZ", "A", 300_000)]
    found = found_in(large, large, large, [], column="doses_allocated")
    assert short(found) == [("R2", "critical", 1)]
    small: Rows = [("SWZ", "A", 50_000)]
    found = found_in(small, small, small, [], column="doses_allocated")
    assert [f.rule for f in found] == ["R13"]


def test_what_is_absent_from_a_version_of_a_part_is_not_gone() -> None:
    """A slice without a country is no disappearance."""
    there: Rows = [("TUR", "A", 162_508_161)]
    whole = vintages(there, there, there, [])
    parts = whole.vintages.with_columns(is_part=pl.lit(value=True))
    assert evaluate([replace(whole, vintages=parts)], shown_by="It") == []


def test_a_series_with_days_is_gone_with_its_last_day() -> None:
    """As long as one day has a figure, it is there."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "doses_administered": pl.Int64}

    def state(own: Mapping[int, int]) -> pl.DataFrame:
        rows = [(iso3, date(2021, 3, 1), 5_000_000) for iso3 in CODES]
        rows += [("MLT", date(2021, 3, day), doses) for day, doses in own.items()]
        return pl.DataFrame(rows, schema=schema, orient="row")

    full = {1: 300_000, 2: 301_000}
    days = [full, full, full, {2: 301_000}, {}]
    tables = {f"2021-04-0{number}": state(own) for number, own in enumerate(days, start=1)}
    [found] = evaluate(
        [rule_input_of("o.vaccinations", ("iso3", "observed_on"), tables)], shown_by="It"
    )
    assert (found.rule, found.key, found.events[0].before) == ("R13", {"iso3": "MLT"}, 301_000)
    assert found.events[0].as_of.day == 5


def test_later_vintages_change_no_earlier_finding() -> None:
    """The findings of a prefix are the prefix of the findings."""
    there: Rows = [("PAK", "A", 9_000_000), ("PAK", "B", 700_000)]
    states = [there, there, there, there[:1], there, [], [("SWZ", "A", 9_000_000)], there, []]
    rule_input = vintages(*states)
    everything = evaluate([rule_input], shown_by="It")
    for count in range(1, len(states) + 1):
        ids = set(rule_input.vintages["id"][:count])
        early = evaluate([first(rule_input, count)], shown_by="It")
        assert {f.fingerprint: f.events for f in early} == {
            f.fingerprint: tuple(e for e in f.events if e.id in ids)
            for f in everything
            if f.events[0].id in ids
        }


def test_a_country_that_is_new_in_a_table_of_counters_is_information() -> None:
    """Once, by its total; not in the first version, nor a product of a country that was there."""
    new: Rows = [("SWZ", "A", 9_000), ("SWZ", "B", 3_000)]
    [found] = found_in([], new, [*new, ("SWZ", "C", 50_000)])
    opened = found.events[0]
    assert (found.rule, found.key, opened.severity) == ("R0", {"iso3": "SWZ"}, "info")
    assert (opened.before, opened.after, len(found.events)) == (None, 12_000, 1)
    assert opened.sentence == (
        "The table showed 12,000 doses delivered to Eswatini (SWZ) on 2 Jun 2022; no figure in the "
        "version before."
    )
    assert found_in([], [("SWZ", "A", 9_000)]) == []
    assert found_in(new, new) == []
