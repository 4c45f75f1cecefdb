"""One matter, one alert: what rules find about one country in one version stays once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from schemas.alerts import Severity
from tasks.alerts.rules.combining.one_matter import one_matter
from tasks.alerts.rules.model.episode import Episode, Step
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.reading.rule_input import Timeline

SOURCE = SourceContext(shown_by="It", rule_inputs=[])
DAYS = [datetime(2022, 1, day, tzinfo=UTC) for day in range(1, 6)]
TIMELINE = Timeline(
    dataset="s.t",
    key=("iso3", "product"),
    shown_by="It",
    id=[f"{day:%d}" for day in DAYS],
    as_of=DAYS,
    sha256=["0" * 64] * len(DAYS),
    source_url=[""] * len(DAYS),
)
ALL: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


def found(
    rule: str, severity: Severity = "medium", *, iso3: str = "PRK", seq: int = 1, **more: str
) -> tuple[Rule, Episode]:
    """Return a finding of a rule: a figure that falls from 100 to 50; `more`: key and column."""
    column = more.pop("column", "doses_delivered")
    opened = Step(
        seq=seq, since=seq - 1, severity=severity, before=100, after=50, sentence="It fell."
    )
    rule_ = Rule(id=rule, title="x", grain="row", severities=ALL, judge=lambda _, __: [])
    return rule_, Episode(
        timeline=TIMELINE,
        key={"iso3": iso3, **more},
        column=column,
        steps=[opened],
        values=[(None, 100), (seq, 50)],
    )


def staying(*some: tuple[Rule, Episode]) -> list[str]:
    """Return the rules of the findings that stay."""
    return [rule.id for rule, _ in one_matter(SOURCE, some)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["R1", "R4", "R12"], ["R12"]),
        (["R7", "R13"], ["R13"]),
        (["R2", "R7"], ["R2"]),
        (["R14", "R7", "R19", "R10"], ["R7"]),
        (["R0", "R1"], ["R1"]),
        (["R1", "R3"], ["R3"]),
        (["R7", "R8", "R9"], ["R7", "R8", "R9"]),
        (["R17", "R7"], ["R17", "R7"]),
    ],
)
def test_the_rule_that_goes_first_reports_the_matter(
    rules: Sequence[str], expected: Sequence[str]
) -> None:
    """Rules about a state, and about the whole source, are another matter."""
    assert staying(*(found(rule) for rule in rules)) == expected
    assert staying(*(found(rule) for rule in reversed(rules))) == [*reversed(expected)]


def test_other_countries_and_versions_are_other_matters() -> None:
    """Country, table and version make a matter."""
    some = (found("R7"), found("R12", iso3="ERI"), found("R13", seq=2))
    assert staying(*some) == ["R7", "R12", "R13"]


def test_what_stays_lists_what_it_stands_for_and_is_as_severe() -> None:
    """The others are in `also`; the severity is the worst of all, up to the cap of the rule."""
    [(rule, stays)] = one_matter(SOURCE, [found("R12", "low"), found("R7", "high", product="A")])
    assert (rule.id, stays.steps[0].severity) == ("R12", "high")
    assert stays.steps[0].evidence["also"] == [
        {
            "rule": "R7",
            "key": {"iso3": "PRK", "product": "A"},
            "column": "doses_delivered",
            "before": 100,
            "after": 50,
        }
    ]
    [(_, swap)] = one_matter(SOURCE, [found("R3", "info"), found("R1", "critical")])
    assert swap.steps[0].severity == "info"


def test_several_columns_are_one_alert_about_the_worst() -> None:
    """The others are in `also`."""
    both = [found("R7", column="people_first_dose"), found("R7", "high")]
    [(_, stays)] = one_matter(SOURCE, both)
    assert stays.column == "doses_delivered"
    assert [one["column"] for one in stays.steps[0].evidence["also"]] == ["people_first_dose"]


def test_in_many_countries_the_column_that_most_have_is_reported() -> None:
    """So that one event of the source is one group, whichever column is worst where."""
    many = [found("R7", iso3=iso3) for iso3 in ("AFG", "BFA", "COL")]
    other = found("R7", "high", iso3="COL", column="people_first_dose")
    assert {one.column for _, one in one_matter(SOURCE, [*many, other])} == {"doses_delivered"}


def test_the_country_stays_in_the_group_of_its_row_when_that_is_worse() -> None:
    """Both are reported together; a row that is not worse does not stay."""
    country, row = found("R1"), found("R1", "high", product="A")
    (_, first), (_, second) = one_matter(SOURCE, [country, row])
    assert (first.key, second.key) == ({"iso3": "PRK"}, {"iso3": "PRK", "product": "A"})
    assert first.group is not None
    assert second.group is None
    assert staying(country, found("R1", "low", product="A")) == ["R1"]
