"""The rules R0, R1 and R2 on promises; `tasks.alerts.rules.model.promises` judges."""

from typing import Final

from tasks.alerts.rules.falls.new_countries import new_countries
from tasks.alerts.rules.model.families import FALL, RISE
from tasks.alerts.rules.model.promise_parameters import PROMISE_PARAMETERS
from tasks.alerts.rules.model.rule import Judge, Rule


def _judge(rule: str) -> Judge:
    return lambda source, _: [
        episode
        for dataset in source.country_datasets()
        for name, episode in dataset.promise_findings
        if name == rule
    ]


R0: Final = Rule(
    id="R0",
    title="new or raised",
    grain="country",
    family=RISE,
    severities=("info",),
    judge=lambda source, limits: [*_judge("R0")(source, limits), *new_countries(source, limits)],
    parameters=PROMISE_PARAMETERS["R0"],
)
R1: Final = Rule(
    id="R1",
    title="cut",
    grain="country",
    family=FALL,
    severities=("low", "medium", "high", "critical"),
    judge=_judge("R1"),
    parameters=PROMISE_PARAMETERS["R1"],
)
R2: Final = Rule(
    id="R2",
    title="withdrawn",
    grain="country",
    family=FALL,
    severities=("low", "medium", "high", "critical"),
    judge=_judge("R2"),
    parameters=PROMISE_PARAMETERS["R2"],
)
