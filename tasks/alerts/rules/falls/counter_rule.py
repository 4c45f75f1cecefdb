"""R7: a counter falls, although it counts since the beginning."""

from collections.abc import Iterator
from typing import Final

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.falls.counter_falls import total_falls
from tasks.alerts.rules.falls.series_falls import series_falls
from tasks.alerts.rules.model.episode import Episode
from tasks.alerts.rules.model.families import FALL
from tasks.alerts.rules.model.promise_parameters import BACK_PARAMETER, STEADY_PARAMETER
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.reading.rule_input import day_column


def counter_falls(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R7."""
    for dataset in source.country_datasets():
        has_days = day_column(dataset.timeline.key) is not None
        yield from (series_falls if has_days else total_falls)(dataset, thresholds)


R7: Final = Rule(
    id="R7",
    title="a counter falls",
    grain="country",
    family=FALL,
    severities=("low", "medium", "high", "critical"),
    judge=counter_falls,
    parameters={
        "least_fall": Parameter(0.02, "least fall against the last figure known", "share"),
        "least_count": Parameter(1_000, "least change in doses, people or tests"),
        "back_within": BACK_PARAMETER,
        "steady_total_within": STEADY_PARAMETER,
    },
)
