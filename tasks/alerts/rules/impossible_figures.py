"""R11: figures that cannot be: counts below zero, or two figures of one row that contradict."""

from collections.abc import Iterable
from typing import Final

from schemas.validation_rules import ROUNDING, SUPPLY
from tasks.alerts.rules.episode import Episode
from tasks.alerts.rules.negative_counts import NEGATIVE, negative_counts
from tasks.alerts.rules.relations import broken_relations
from tasks.alerts.rules.rule import Parameter, Rule
from tasks.alerts.rules.rule_context import SourceContext


def impossible_figures(source: SourceContext) -> Iterable[Episode]:
    """Return the episodes of R11, in both its parts."""
    return [
        episode
        for dataset in source.country_datasets()
        for episode in (*negative_counts(dataset), *broken_relations(dataset))
    ]


R11: Final = Rule(
    id="R11",
    title="figures that cannot be",
    grain="row",
    family=NEGATIVE,
    severities=("low", "medium"),
    judge=impossible_figures,
    parameters={
        "below": Parameter(0, "a count below this"),
        "more_than": Parameter(1, "a figure more than this times the one it is a part of"),
        "more_doses_than": Parameter(
            ROUNDING, "the same for people with later doses beside those with earlier ones"
        ),
        "more_supply_than": Parameter(
            SUPPLY, "the same for doses donated beside pledged, delivered beside shipped"
        ),
    },
    means="""\
A count below zero, or two figures of one row that cannot be beside each other: more positives than
were tested, more deaths than cases, more new ones than there are in all, more people with the last
dose than with a first. They can be read, so they are published as the source shows them, with a
flag in `flags.parquet`; one alert opens when they appear, and is resolved when the figure is gone
or the relation holds again. Figures that go on breaking it with other values are no second alert.
Severity of a count below zero is `medium`; of a relation it is that of a fall from the greater
figure to the other, at least `low` and at most `medium`. Where several units of tests are
published, the greatest counts. Eight rows at once are one event of the source (R17).""",
    check="The cell in the archived bytes.",
    causes="""\
A difference of two totals of which one was corrected downwards; a typing mistake; figures of
different days or desks in one row; new cases of a day before earlier ones were taken back.""",
)
