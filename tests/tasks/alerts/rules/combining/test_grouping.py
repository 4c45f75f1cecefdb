"""What happens to many countries at once is one finding."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of

MINUS = "\u2212"
FORECAST = {
    "AFG": (3_024_000, 2_580_000),
    "BFA": (1_620_000, 1_380_000),
    "COL": (2_670_600, 2_183_400),
    "ETH": (8_928_000, 7_620_000),
    "NGA": (16_008_000, 13_656_000),
    "PAK": (17_160_000, 14_640_000),
    "PRK": (1_992_000, 1_704_000),
    "SOM": (1_224_000, 1_044_000),
    "SYR": (1_020_000, 1_020_000),
    "UKR": (2_332_200, 1_893_000),
    "VEN": (1_425_600, 0),
}
CODES = [f"X{a}{b}" for a in "ABCDE" for b in "ABCDEFGHIJ"]


def found_in(*states: Mapping[str, int | None], column: str = "doses_allocated") -> list[Finding]:
    """Return the findings in vintages given as doses by country."""
    tables = {
        f"2021-01-{day:02d}": allocations(
            [(iso3, "unspecified", doses) for iso3, doses in state.items()], column
        )
        for day, state in enumerate(states, start=1)
    }
    return evaluate([rule_input_of("s.allocations", ALLOCATIONS, tables)], shown_by="The list")


def opened(findings: list[Finding], rule: str) -> list[Finding]:
    """Return the findings of a rule."""
    return [finding for finding in findings if finding.rule == rule]


def test_a_rescaling_of_many_countries_is_one_alert_with_the_critical_one_beside_it() -> None:
    """Ten of eleven countries fall: one R17, and Venezuela named and kept, in its group."""
    before, after = ({iso3: pair[n] for iso3, pair in FORECAST.items()} for n in (0, 1))
    findings = found_in(before, after, column="doses_announced")
    (group,) = opened(findings, "R17")
    event = group.events[0]
    assert (dict(group.key), group.column, event.severity) == ({}, "doses_announced", "medium")
    assert (event.evidence["count"], event.evidence["compared"]) == (10, 11)
    assert event.evidence["min"] == -1.0
    assert round(event.evidence["median"], 3) == -0.147
    assert "Venezuela (VEN) 1,425,600 → 0" in event.sentence
    assert event.evidence["worst"][0] == f"Pakistan (PAK) 17,160,000 → 14,640,000 ({MINUS}14.7 %)"
    assert event.evidence["critical"] == ["Venezuela (VEN) 1,425,600 → 0"]
    rest = [finding for finding in findings if finding.rule != "R17"]
    assert [(f.rule, f.key["iso3"], f.group) for f in rest] == [("R2", "VEN", group.fingerprint)]


def test_seven_countries_of_two_hundred_are_seven_alerts() -> None:
    """Fewer than eight and less than five percent are reported one by one."""
    before = dict.fromkeys((f"{letter}{iso3[1:]}" for letter in "XYZW" for iso3 in CODES), 100_000)
    after = before | dict.fromkeys(CODES[:7], 80_000)
    assert len(opened(found_in(before, after), "R1")) == 7
    more = before | dict.fromkeys(CODES[:8], 80_000)
    assert [f.rule for f in found_in(before, more)] == ["R17"]


def test_two_of_three_countries_are_no_group() -> None:
    """A share of a small table never groups fewer than three."""
    before = {"AFG": 100_000, "BFA": 100_000, "COL": 100_000}
    assert len(opened(found_in(before, before | {"AFG": 80_000, "BFA": 80_000}), "R1")) == 2
    all_three = dict.fromkeys(before, 80_000)
    assert [f.rule for f in found_in(before, all_three)] == ["R17"]


def test_falls_and_rises_of_many_countries_are_one_alert() -> None:
    """The falls go first; the rises are named beside them."""
    before = dict.fromkeys(CODES[:20], 100_000)
    after = {iso3: 150_000 + n if n < 10 else 80_000 for n, iso3 in enumerate(before)}
    [group] = found_in(before, after)
    opened = group.events[0]
    assert (group.rule, group.about, opened.severity) == ("R17", "fall", "high")
    assert opened.sentence.endswith(
        "Also: new or higher doses allocated for 10 of 20 countries (largest: XAJ 100,000 \u2192 "
        "150,009 (+50.0 %), XAI 100,000 \u2192 150,008 (+50.0 %), XAH 100,000 \u2192 150,007 "
        "(+50.0 %))."
    )
    [rise] = opened.evidence["also"]
    assert (rise["family"], rise["count"]) == ("rise", 10)
    [rise] = found_in(before, dict.fromkeys(before, 150_000))
    assert (rise.about, rise.events[0].severity) == ("rise", "info")


def test_a_group_has_what_else_fell_in_a_country() -> None:
    """One matter is one finding, and the group has all of it."""
    doses = [(iso3, "unspecified", 1_000_000) for iso3 in CODES[:10]]
    before = allocations(doses, "people_last_dose").with_columns(people_first_dose=2_000_000)
    is_one = pl.col("iso3") == CODES[3]
    after = before.with_columns(
        people_first_dose=pl.lit(1_600_000),
        people_last_dose=pl.when(is_one).then(700_000).otherwise("people_last_dose"),
    )
    tables = {f"2021-01-0{day}": frame for day, frame in ((1, before), (2, before), (3, after))}
    findings = evaluate([rule_input_of("s.v", ALLOCATIONS, tables)], shown_by="The table")
    [group] = opened(findings, "R17")
    children = {one["key"]["iso3"]: one for one in group.events[0].evidence["children"]}
    [also] = children[CODES[3]]["also"]
    assert (also["column"], also["before"], also["after"]) == ("people_last_dose", 1e6, 7e5)
    assert "also" not in children[CODES[2]]


def test_a_group_counts_every_country_that_moved_the_same_way() -> None:
    """Those below the thresholds of the rules, too; the largest loss goes first."""
    before = dict.fromkeys(CODES[:10], 100_000) | dict.fromkeys(CODES[10:40], 10_000_000)
    after = dict.fromkeys(CODES[:10], 80_000) | dict.fromkeys(CODES[10:40], 9_500_000)
    [group] = found_in(before, after | dict.fromkeys(CODES[35:40], 10_000_000))
    opened = group.events[0]
    assert (opened.evidence["count"], opened.evidence["findings"]) == (35, 10)
    assert (opened.before, opened.after) == (251_000_000, 238_300_000)
    assert "fewer doses allocated for 35 of 40 countries" in opened.sentence
    assert f"10,000,000 → 9,500,000 ({MINUS}5.0 %)" in opened.evidence["worst"][0]
    assert opened.evidence["history"][-1][1] == opened.after


def test_a_group_is_as_severe_as_the_worst_that_it_alone_reports() -> None:
    """Though the countries' total falls by 2 %: one country lost a third of 550 million doses."""
    before = dict.fromkeys(CODES[:10], 100_000) | dict.fromkeys(CODES[10:30], 500_000_000)
    after = dict.fromkeys(CODES[:10], 88_000) | dict.fromkeys(CODES[10:30], 490_000_000)
    [group] = found_in(before, after)
    assert group.events[0].severity == "medium"
    [group] = found_in(before | {"BGD": 551_096_527}, after | {"BGD": 361_859_767})
    assert (group.events[0].severity, group.events[0].evidence["findings"]) == ("high", 11)


def test_the_group_that_loses_most_doses_gives_the_sentence_of_a_version() -> None:
    """Of the same severity: shares of the population count in doses, as all others."""
    few = [(iso3, "unspecified", 500_000) for iso3 in CODES[:10]]
    many = ("BGD", "BRA", "DEU", "ETH", "IDN", "IND", "MEX", "NGA")
    before = allocations(few, "doses_allocated").with_columns(secured_share=None)
    shares = allocations([(iso3, "unspecified", 3) for iso3 in many], "secured_share")
    before = pl.concat([before, shares], how="diagonal_relaxed")
    lower = pl.col("doses_allocated", "secured_share") * 0.6
    tables = {"2021-01-01": before, "2021-01-02": before.with_columns(lower)}
    inputs = [rule_input_of("s.allocations", ALLOCATIONS, tables)]
    [group] = opened(evaluate(inputs, shown_by="The list"), "R17")
    assert group.column == "secured_share"
    evidence = group.events[0].evidence
    assert [one["column"] for one in evidence["also"]] == ["doses_allocated"]
    assert {one["key"]["iso3"] for one in evidence["children"]} == {*many}
    assert {one["key"]["iso3"] for one in evidence["more_children"]} == {*CODES[:10]}
    assert {one["dataset"] for one in evidence["more_children"]} == {"s.allocations"}


def test_a_version_that_loses_countries_and_lowers_others_is_one_alert() -> None:
    """A jump of the rows, and what is lower, in one sentence, as severe as the worst."""
    before = dict.fromkeys(CODES[:40], 300_000)
    after = dict.fromkeys(CODES[:20], 200_000)
    findings = [finding for finding in found_in(before, after) if finding.rule == "R17"]
    [group] = findings
    assert "Also: 20 rows in s.allocations" in group.events[0].sentence
    assert group.events[0].evidence["also"][0]["family"] == "rows"


def test_the_next_vintage_confirms_or_reverts_a_group() -> None:
    """Most children back to where they were: reverted; else confirmed."""
    before = dict.fromkeys(CODES[:10], 100_000)
    after = dict.fromkeys(before, 80_000)
    (stays,) = opened(found_in(before, after, after), "R17")
    assert [(e.kind, e.confidence) for e in stays.events] == [
        ("opened", "unconfirmed"),
        ("confirmed", "confirmed"),
    ]
    [undone] = found_in(before, after, before)
    assert undone.events[-1].kind == "reverted"
    assert undone.events[-1].after == 1_000_000


def test_products_with_other_names_in_many_countries_are_no_fall_of_the_countries() -> None:
    """The kind is named for what it is, at most medium, and says that the totals stayed."""
    codes = CODES[:10]
    tables = {
        f"2021-01-0{day}": allocations(
            [(iso3, name, 1_000_000) for iso3 in codes], "doses_allocated"
        )
        for day, name in enumerate(("AstraZeneca", "Vaxzevria", "Vaxzevria"), start=1)
    }
    [fall] = evaluate([rule_input_of("s.allocations", ALLOCATIONS, tables)], shown_by="The list")
    assert (fall.rule, fall.about) == ("R17", "swap")
    opened, confirmed = fall.events
    assert (opened.severity, opened.evidence["compared"], confirmed.kind) == (
        "medium",
        10,
        "confirmed",
    )
    assert opened.sentence.startswith(
        "The list showed fewer doses allocated with a matching gain for 10 of 10 countries on 2 "
        "Jan 2021"
    )


def test_figures_that_come_back_lower_in_many_countries_are_not_falls() -> None:
    """Gone, then back at half: the second group states that they are back, below their peak."""
    full = dict.fromkeys(CODES[:10], 1_000_000)
    findings = found_in(full, dict.fromkeys(full), dict.fromkeys(full, 500_000))
    assert [f.about for f in opened(findings, "R17")] == ["fall", "return"]
    back = opened(findings, "R17")[1].events[0]
    assert back.sentence.startswith(
        "The list showed doses allocated back, and below their peak, for 10 of 10 countries"
    )
    assert back.confidence == "confirmed"


def test_a_group_has_the_history_of_the_sum() -> None:
    """The figures of all countries concerned, added up, as known at each event."""
    before = dict.fromkeys(CODES[:10], 100_000)
    first = before | {CODES[0]: 90_500}
    after = dict.fromkeys(before, 70_000)
    (group,) = opened(found_in(before, first, after, before), "R17")[:1]
    values = [[value for _, value in event.evidence["history"]] for event in group.events]
    assert values == [[1_000_000, 990_500, 700_000], [1_000_000, 990_500, 700_000, 1_000_000]]


def test_a_drawdown_in_a_group_is_reported_when_it_escalates() -> None:
    """The episode begins where the country falls on alone."""
    before = dict.fromkeys(CODES[:10], 1_000_000)
    slow = [dict.fromkeys(before, doses) for doses in (920_000, 840_000, 775_000)]
    alone = slow[-1] | {CODES[0]: 699_000}
    findings = found_in(before, *slow, alone)
    (drawdown,) = opened(findings, "R4")
    assert [(e.kind, e.after) for e in drawdown.events] == [("opened", 699_000)]
    assert drawdown.group is None
    assert opened(found_in(before, *slow, slow[-1]), "R4") == []


def test_a_fall_of_shares_is_judged_by_the_doses_of_all() -> None:
    """Shares that fall to nothing: critical ones stay apart, and the group is by their sum."""
    codes = ["NGA", *CODES[:40]]
    tables = {
        f"2022-05-{day}": pl.DataFrame({"iso3": codes, "secured_share": [share] * 41})
        for day, share in ((11, 4.4), (18, 0.0))
    }
    rule_input = rule_input_of("u.secured_supply", ("iso3",), tables)
    findings = evaluate([rule_input], shown_by="The table")
    assert [(f.rule, f.events[0].severity) for f in findings] == [
        ("R17", "high"),
        ("R2", "critical"),
    ]
    assert "440.0 % → 0.0 %" in findings[0].events[0].sentence


def test_a_jump_of_the_number_of_rows_is_reported_and_undone() -> None:
    """Half of the rows gone is high; the next vintage, whole again, reverts it."""
    full = dict.fromkeys(CODES[:30])
    half = dict.fromkeys(CODES[:15])
    (lost,) = found_in(full, half)
    assert (lost.rule, lost.about, lost.column) == ("R17", "rows", None)
    assert (lost.events[0].severity, lost.events[0].before, lost.events[0].after) == (
        "high",
        30,
        15,
    )
    (reverted,) = found_in(full, half, full)
    assert [e.kind for e in reverted.events] == ["opened", "reverted"]
    assert replace(reverted, events=reverted.events[:1]) == lost


def test_vintages_that_are_held_back_are_one_alert_until_a_sound_one() -> None:
    """As many other rows in place of those known are no jump, but are held."""
    known, others = dict.fromkeys(CODES[:20]), dict.fromkeys(CODES[20:40])
    states = [known, others, others, known]
    tables = {
        f"2022-05-{day:02d}": allocations([(c, "x", None) for c in state], "doses_allocated")
        for day, state in enumerate(states, start=1)
    }
    rule_input = rule_input_of(
        "s.allocations", ALLOCATIONS, tables, held=["2022-05-02", "2022-05-03"]
    )
    (alert,) = evaluate([rule_input], shown_by="The page")
    assert (alert.rule, alert.about, alert.events[0].severity) == ("R17", "held", "high")
    assert [event.kind for event in alert.events] == ["opened", "resolved"]
    assert "It is held back" in alert.events[0].sentence
    assert "The version of 4 May 2022 is sound, with 20 rows." in alert.events[1].sentence


def test_a_part_that_joins_the_others_is_no_jump() -> None:
    """A week that comes to the weeks before makes a table longer; that is no fault."""
    whole, longer = CODES[:20], CODES[:60]
    tables = {
        f"2021-01-{day:02d}": allocations([(c, "x", None) for c in state], "doses_allocated")
        for day, state in enumerate((whole, longer), start=1)
    }
    rule_input = rule_input_of("s.allocations", ALLOCATIONS, tables)
    assert [finding.about for finding in evaluate([rule_input], shown_by="It")] == ["rows"]
    parts = rule_input.vintages.with_columns(pl.lit(value=True).alias("is_part"))
    assert evaluate([replace(rule_input, vintages=parts)], shown_by="It") == []


def test_a_group_ends_when_the_last_of_its_figures_is_back() -> None:
    """It was confirmed by half of them; what comes back later than the next version counts, too."""
    whole = dict.fromkeys(CODES, 1000000)
    cut = whole | dict.fromkeys(CODES[:10], 700000)
    half = cut | dict.fromkeys(CODES[:4], 1000000)
    most = whole | {CODES[9]: 700_000}
    (group,) = opened(found_in(whole, whole, cut, half, most, whole), "R17")
    assert [event.kind for event in group.events] == ["opened", "confirmed", "resolved"]
    assert group.events[-1].sentence.endswith(
        "Confirmed: 6 of 10 falls stand in the version of 4 Jan 2021. Back: all, by the version of "
        "6 Jan 2021."
    )
    (lasting,) = opened(found_in(whole, whole, cut, half, most, most), "R17")
    assert [event.kind for event in lasting.events] == ["opened", "confirmed"]
    (undone,) = opened(found_in(whole, whole, cut, most), "R17")
    assert undone.events[-1].sentence.endswith(
        "Undone: 9 of 10 falls, by the version of 4 Jan 2021."
    )
