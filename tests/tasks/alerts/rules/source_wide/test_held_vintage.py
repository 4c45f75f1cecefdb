"""A vintage that is held back: one alert that names what is seen, and no other before it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from schemas.wording import percent
from tasks.alerts.evaluate import evaluate
from tasks.alerts.flapping import UNSTABLE
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import ALLOCATIONS, allocations, first, rule_input_of
from tests.thorough import examples

CODES = [f"X{a}{b}" for a in "ABCD" for b in "ABCDEFGHIJ"]
DAYS = [f"2022-05-{day:02d}" for day in range(1, 9)]
TESTS = ("iso3", "observed_on", "origin")
Rows = Sequence[tuple[str, str, int | None]]


def promised(doses: int, codes: Sequence[str] = CODES, **others: int) -> Rows:
    """Return one promise a country; `others`: of some countries."""
    return [(iso3, "AZ", others.get(iso3, doses)) for iso3 in codes]


def promises(*states: Rows, held: Sequence[int] = (), table: str = "allocations") -> RuleInput:
    """Return vintages of promises, one a day; `held`: the places of those that are held back."""
    tables = {
        day: allocations(rows, "doses_allocated") for day, rows in zip(DAYS, states, strict=False)
    }
    return rule_input_of(f"s.{table}", ALLOCATIONS, tables, held=[DAYS[place] for place in held])


def report(codes: Sequence[str], *, positives: int) -> pl.DataFrame:
    """Return a report of 20,000 people tested in each country."""
    rows = [(iso3, date(2022, 1, 1), "national", 20_000, positives) for iso3 in codes]
    figures = {"people_tested_new": pl.Int64, "positives_new": pl.Int64}
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String} | figures
    return pl.DataFrame(rows, schema=schema, orient="row")


def found(*rule_inputs: RuleInput) -> list[Finding]:
    """Return what the rules find."""
    return evaluate(rule_inputs, shown_by="The page")


def held_of(findings: Sequence[Finding]) -> Finding:
    """Return the one alert on what is held."""
    (held,) = [finding for finding in findings if finding.about == "held"]
    return held


SHAPES: Mapping[str, tuple[Sequence[str], pl.DataFrame, pl.DataFrame]] = {
    "promises": (
        ALLOCATIONS,
        allocations(promised(900_000), "doses_allocated"),
        allocations(promised(900_000, CODES[24:]), "doses_allocated"),
    ),
    "more positives than tests": (
        TESTS,
        report(CODES, positives=30_000),
        report(CODES[24:], positives=30_000),
    ),
    "no positive": (TESTS, report(CODES, positives=0), report(CODES[24:], positives=0)),
    "below zero": (TESTS, report(CODES, positives=-5), report(CODES[24:], positives=-5)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_flaps_around_a_held_vintage(shape: str) -> None:
    """60 % of the keys are gone and are back: one alert, and what stood before stands on."""
    key, whole, few = SHAPES[shape]
    table = "s.allocations" if key == ALLOCATIONS else "s.tests"
    quiet = found(rule_input_of(table, key, dict.fromkeys([DAYS[0], DAYS[2]], whole)))
    states = {DAYS[0]: whole, DAYS[1]: few, DAYS[2]: whole}
    reported = found(rule_input_of(table, key, states, held=[DAYS[1]]))
    held = held_of(reported)
    assert [one for one in reported if one is not held] == quiet
    assert [event.kind for event in held.events] == ["opened", "resolved"]


def test_the_alert_names_what_is_gone() -> None:
    """How many rows, which countries, what it makes of the total."""
    held = held_of(found(promises(promised(900_000), promised(900_000, CODES[24:]), held=[1])))
    opened = held.events[0]
    assert (held.rule, opened.severity, opened.before, opened.after) == ("R17", "high", 40, 16)
    assert opened.evidence["lost"] == {
        "known": 40,
        "gone": 24,
        "countries": CODES[:24],
        "totals": {"doses_allocated": [36_000_000, 14_400_000]},
    }
    assert (
        "24 of 40 rows with figures are gone, all rows of XAA, XAB, XAC and 21 more countries "
        "among them (doses allocated in all 36,000,000 → 14,400,000)."
    ) in opened.sentence


def test_a_cut_in_a_held_vintage_is_named_at_once_and_reported_when_accepted() -> None:
    """In the alert on the held vintage first; the next sound one that shows it opens its own."""
    cut = promised(900_000, CODES[24:], XDA=300_000)
    sound = promised(900_000, XDA=300_000)
    reported = found(promises(promised(900_000), cut, held=[1]))
    assert reported == [held_of(reported)]
    sentence = reported[0].events[0].sentence
    shown = f"300,000 doses of AZ allocated to XDA, 900,000 before ({percent(-2 / 3)})"
    assert f" Lower in rows that are there: {shown}. It is held back" in sentence
    (fall,) = reported[0].events[0].evidence["falls"]
    assert (fall["rule"], fall["before"], fall["after"]) == ("R1", 900_000, 300_000)
    later = found(promises(promised(900_000), cut, sound, held=[1]))
    (own,) = [finding for finding in later if finding.about != "held"]
    opened = own.events[0]
    assert (own.rule, own.key, opened.as_of.day) == ("R1", {"iso3": "XDA"}, 3)
    assert (opened.previous_as_of or opened.as_of).day == 1


def test_what_a_later_held_vintage_cuts_is_named_too() -> None:
    """The alert is updated, once for each fall."""
    cut = promised(900_000, CODES[24:], XDA=300_000)
    more = promised(900_000, CODES[24:], XDA=300_000, XDB=0)
    lower = promised(900_000, CODES[24:], XDA=290_000)
    states = (promised(900_000), cut, lower, more)
    held = held_of(found(promises(*states, held=[1, 2, 3])))
    assert [event.kind for event in held.events] == ["opened", "updated"]
    assert "Held as well, on 4 May 2022: Lower in rows that are there: 0 doses" in (
        held.events[1].sentence
    )
    (fresh,) = held.events[1].evidence["falls"]
    assert (fresh["rule"], fresh["key"]["iso3"]) == ("R2", "XDB")


def test_a_held_vintage_bears_no_earlier_cut_out() -> None:
    """Nor does it undo one: its verdict is the next sound vintage's."""
    states = [promised(900_000), promised(900_000, XDJ=300_000)]
    states += [promised(900_000, CODES[:12]), promised(900_000, XDJ=300_000)]
    life = [
        finding.events
        for count in (3, 4)
        for finding in found(first(promises(*states, held=[2]), count))
        if finding.rule == "R1"
    ]
    assert [[event.kind for event in events] for events in life] == [
        ["opened"],
        ["opened", "confirmed"],
    ]
    assert life[1][1].as_of.day == 4


def test_a_held_vintage_of_many_tables_is_one_alert() -> None:
    """The alert is about the table that lost most, though `latest` of all of them waits."""
    whole = promised(900_000)
    tables = [
        promises(whole, whole, held=[1]),
        promises(whole, promised(900_000, CODES[24:]), held=[1], table="donations"),
        promises(whole, promised(900_000, CODES[2:]), held=[1], table="deliveries"),
    ]
    ids = tables[0].vintages
    (held,) = found(*[replace(rule_input, vintages=ids) for rule_input in tables])
    assert (held.about, held.dataset) == ("held", "s.donations")


def test_a_table_without_countries_or_sums_omits_them() -> None:
    """Prices are of products, and the days of a series are no parts of a total."""
    prices = pl.DataFrame({"product": CODES, "buyer": "UNICEF", "usd_per_dose": 3.0})
    series = report(CODES, positives=1).rename({"people_tested_new": "doses_administered"})
    for key, whole in {("product", "buyer"): prices, TESTS: series}.items():
        states = {DAYS[0]: whole, DAYS[1]: whole[38:]}
        (held,) = found(rule_input_of("s.table", key, states, held=[DAYS[1]]))
        assert "38 of 40 rows with figures are gone" in held.events[0].sentence
        assert held.events[0].evidence["lost"]["totals"] == {}


def test_few_countries_are_named_one_by_one() -> None:
    """Up to three; a country of which a row is left is not among them."""
    rows = [*promised(900_000, CODES[:2]), *((CODES[2], name, 900_000) for name in CODES)]
    for count, named in {1: "XAA", 2: "XAA and XAB"}.items():
        left = [row for row in rows if row[0] not in CODES[:count]][:-20]
        opened = held_of(found(promises(rows, left, held=[1]))).events[0]
        assert f"rows with figures are gone, all rows of {named} among them (" in opened.sentence


STATE = st.tuples(
    st.dictionaries(st.sampled_from(CODES[:12]), st.sampled_from([0, 12_000, 300_000, 2_500_000])),
    st.booleans(),
)


@settings(max_examples=examples(40))
@example([({}, False), ({}, True)] * 3)
@given(st.lists(STATE, min_size=2, max_size=7))
def test_beside_that_alert_all_is_as_if_it_had_not_come_yet(drawn: list) -> None:
    """What rules find is what they find without the held vintages, whatever those text."""
    states = [[(iso3, "AZ", doses) for iso3, doses in sorted(rows.items())] for rows, _ in drawn]
    held = [place for place, (_, is_held) in enumerate(drawn) if is_held and place]
    rule_input = promises(*states, held=held)
    sound = {
        DAYS[place]: allocations(rows, "doses_allocated")
        for place, rows in enumerate(states)
        if place not in held
    }
    own = {"held", f"{UNSTABLE} held"}  # of vintages that are held again and again it is one alert
    reported = [finding for finding in found(rule_input) if finding.about not in own]
    assert reported == found(rule_input_of("s.allocations", ALLOCATIONS, sound))


@pytest.mark.parametrize("count", [2, 3])
def test_a_release_makes_it_a_vintage_like_the_others(count: int) -> None:
    """The same findings with the same identities, be it released before or after later ones."""
    states = [promised(900_000), promised(900_000, CODES[24:]), promised(900_000, CODES[24:])]
    rule_input = first(promises(*states, held=[1]), count)
    released = replace(
        rule_input, vintages=rule_input.vintages.with_columns(pl.lit(value=False).alias("held"))
    )
    reported = found(released)
    assert reported == found(first(promises(*states), count))
    assert {finding.rule for finding in reported} >= {"R2", "R17"}
    opened = {finding.events[0].as_of.day for finding in reported if finding.rule == "R2"}
    assert opened == {2}
