"""What is mild in one version of a table comes with the weightiest alert about that version."""

from collections.abc import Mapping
from dataclasses import replace

from schemas.alerts import Finding, Severity
from tasks.alerts.rules.combining.companions import Found, with_companions
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.source_wide.source_event import R17
from tests.tasks.alerts.rules.combining.test_grouping import found_in
from tests.tasks.alerts.rules.combining.test_one_matter import SOURCE
from tests.tasks.alerts.rules.combining.test_one_matter import found as fall

SMALL = dict.fromkeys((f"X{letter}A" for letter in "ABCDEFGHIJ"), 1_000_000)


def found(rule: str, severity: Severity, iso3: str, *, seq: int = 1, rise: bool = False) -> Found:
    """Return a finding of a rule about a country; `rise`: from 50 to 100, else from 100 to 50."""
    judged, one = fall(rule, severity, iso3=iso3, seq=seq)
    (opened,) = one.steps
    before, after = (50, 100) if rise else (100, 50)
    return judged, replace(one, steps=[replace(opened, before=before, after=after)])


def heads(*some: Found) -> dict[str, str | None]:
    """Return, by country, that of the alert which a finding comes with; None: it is alone."""
    names = {
        finding_of(rule, one, SOURCE.settings).fingerprint: str(one.key["iso3"])
        for rule, one in some
    }
    return {
        str(one.key["iso3"]): names[one.group] if one.group else None
        for _, one in with_companions(SOURCE, some)
    }


def test_what_is_mild_comes_with_the_worst_of_it() -> None:
    """Nothing of another version, no state, nothing medium, no drawdown, which may escalate."""
    some = (
        found("R0", "info", "AFG", rise=True),
        found("R11", "low", "BFA", rise=True),
        found("R7", "low", "COL"),
        found("R0", "info", "PAK", seq=2, rise=True),
        found("R8", "low", "PRK"),
        found("R4", "info", "ETH"),
    )
    expected = {"AFG": "COL", "BFA": "COL", "COL": None, "PAK": None, "PRK": None, "ETH": None}
    assert heads(*some) == heads(*reversed(some)) == expected
    assert heads(*some, found("R7", "medium", "NGA"))["COL"] is None


def test_a_rise_comes_with_the_worst_fall_of_the_same_figure() -> None:
    """What is lower for one country and higher for another is one matter, whatever its cause."""
    falls = found("R7", "high", "TUV"), found("R7", "medium", "UKR")
    assert heads(*falls, found("R11", "low", "COM", rise=True))["COM"] == "TUV"
    assert heads(*falls, found("R7", "low", "COM"))["COM"] is None


def group_of(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Finding, list[Finding]]:
    """Return the alert about many countries, and the others."""
    findings = found_in(before, after)
    (group,) = (one for one in findings if one.rule == "R17")
    return group, [one for one in findings if one is not group]


def test_a_version_with_an_alert_about_many_countries_has_no_other_mild_one() -> None:
    """Eight cuts and one new promise are one message; the promise keeps its alert."""
    cut = dict.fromkeys(list(SMALL)[:8], 800_000)
    group, (rise,) = group_of(SMALL, SMALL | cut | {"XJA": 1_500_000})
    assert (rise.rule, rise.key["iso3"], rise.group) == ("R0", "XJA", group.fingerprint)


def test_two_new_promises_of_one_version_are_one_message() -> None:
    """Both keep their alerts and fingerprints; the smaller one is inside the other."""
    findings = found_in(SMALL, SMALL | {"XAA": 1_200_000, "XBA": 1_500_000})
    smaller, larger = sorted(findings, key=lambda one: str(one.key))
    assert (larger.group, smaller.group) == (None, larger.fingerprint)


def test_an_alert_is_at_least_as_severe_as_what_comes_with_it() -> None:
    """New promises of many countries are info; with a low alert they are low."""
    judged, low = found("R11", "low", "COM", rise=True)
    many = replace(low, key={}, about="rise", steps=[replace(low.steps[0], severity="info")])
    (_, group), (_, part) = with_companions(SOURCE, [(R17, many), (judged, low)])
    assert group.steps[0].severity == "low"
    assert part.group == finding_of(R17, group, SOURCE.settings).fingerprint
