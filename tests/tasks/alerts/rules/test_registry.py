"""A rule is one module and one line of the registry; everything else follows from it."""

from collections.abc import Iterator
from datetime import date

import polars as pl
import pytest

from schemas.alerts import Finding
from schemas.rule_settings import DEFAULTS, RuleSettings, Thresholds
from schemas.waivers import Waiver
from tasks.alerts import waiver_config
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules import registry
from tasks.alerts.rules.model.episode import Episode, Family, Step
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.registry import RULES
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of
from tests.rules_page import PAGE, facts_of

LEAST = 7
ODD = Family(name="odd", sentence="odd {noun} for {count} of {compared} countries on {on}")


def odd_figures(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield an episode for each odd allocation of the newest vintage."""
    least = pl.col("after") >= thresholds["least"]
    for dataset in source.country_datasets():
        timeline = dataset.timeline
        newest = dataset.rule_input.cells.filter(pl.col("seq") == timeline.last)
        for row in newest.filter(pl.col("after") % 2 == 1, least).to_dicts():
            opened = Step(
                kind="opened",
                seq=row["seq"],
                since=timeline.before(row["seq"]),
                severity="low",
                before=row["before"],
                after=row["after"],
                sentence=f"{timeline.shown_by} showed an odd figure.",
            )
            key = {name: row[name] for name in timeline.key}
            yield Episode(timeline=timeline, key=key, column=row["column"], steps=[opened])


RULE = Rule(
    id="R99",
    title="odd figures",
    grain="row",
    family=ODD,
    severities=("low",),
    judge=odd_figures,
    parameters={"least": Parameter(LEAST, "smaller figures are not judged")},
)


def findings(count: int, settings: RuleSettings = DEFAULTS) -> list[Finding]:
    """Return what all rules and the new one find when so many countries get an odd figure."""
    quiet = [(f"X{letter}A", "A", 2_000) for letter in "ABCDEFGHIJ"]
    odd = [(iso3, product, 2_001) for iso3, product, _ in quiet[:count]] + quiet[count:]
    tables = {
        "2022-01-01": allocations(quiet, "doses_allocated"),
        "2022-01-02": allocations(odd, "doses_allocated"),
    }
    rule_input = rule_input_of("s.allocations", ALLOCATIONS, tables)
    return evaluate([rule_input], shown_by="It", rules=[*RULES, RULE], settings=settings)


def test_a_new_rule_is_evaluated_with_its_own_thresholds_as_evidence() -> None:
    """The finding has the id of the rule, and the common evidence."""
    [found] = findings(1)
    assert (found.rule, found.key["iso3"], found.events[0].after) == ("R99", "XAA", 2_001)
    evidence = found.events[0].evidence
    assert (evidence["rule"], evidence["parameters"]) == ("R99", {"least": LEAST})
    assert evidence["compared_with"]["as_of"] == "2022-01-01T00:00:00+00:00"


def test_the_owner_of_a_lake_sets_thresholds_and_disables_rules() -> None:
    """What is set is what is judged, and what evidence shows."""
    [found] = findings(1, RuleSettings(thresholds={"R99": {"least": 2_001}}))
    assert found.events[0].evidence["parameters"] == {"least": 2_001}
    assert findings(1, RuleSettings(thresholds={"R99": {"least": 2_002}})) == []
    assert findings(1, RuleSettings(disabled=frozenset({"R99"}))) == []


def test_a_country_on_the_watch_list_is_one_level_more_severe_up_to_the_cap_of_the_rule() -> None:
    """The new rule has no severity above low; a cut that is medium becomes high."""
    watched = RuleSettings(watch_list=frozenset({"XAA"}))
    [found] = findings(1, watched)
    assert found.events[0].severity == "low"
    tables = {
        f"2022-01-0{day}": allocations(
            [(iso3, "A", doses) for iso3 in ("XAA", "XBA")], "doses_allocated"
        )
        for day, doses in ((1, 100_000), (2, 85_000))
    }
    rule_input = rule_input_of("s.allocations", ALLOCATIONS, tables)
    found = evaluate([rule_input], shown_by="It", settings=watched)
    assert {one.key["iso3"]: one.events[0].severity for one in found} == {
        "XAA": "high",
        "XBA": "medium",
    }


def test_a_new_rule_is_grouped_by_its_family() -> None:
    """Nine countries at once are one finding, worded by the family."""
    [group] = findings(9)
    assert (group.rule, group.about) == ("R17", "odd")
    assert group.events[0].evidence["rules"] == ["R99"]
    assert "odd doses allocated for 9 of 10 countries" in group.events[0].sentence


def test_a_new_rule_can_be_waived_and_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line in the registry is enough."""
    monkeypatch.setattr(registry, "RULES", (*RULES, RULE))
    written = {"rule": "R99", "dataset": "find_tests.tests", "reason": "Known.", "owner": "a@b.org"}
    [waiver] = waiver_config.waivers_from([{**written, "expires": date(2022, 1, 1)}], where="here")
    assert isinstance(waiver, Waiver)
    assert "| `least` | 7 | smaller figures are not judged |" in facts_of(RULE)


def test_severities_of_findings_are_declared() -> None:
    """A rule has an id of its own and at least one severity."""
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.severities for rule in RULES)


def test_the_title_of_a_rule_is_the_heading_of_its_section() -> None:
    """Pages and documents name a rule alike."""
    headings = [line for line in PAGE.read_text().splitlines() if line.startswith("## R")]
    assert [f"## {rule.id}: {rule.title}" for rule in RULES] == [
        one for one in headings if one[4].isdigit()
    ]
