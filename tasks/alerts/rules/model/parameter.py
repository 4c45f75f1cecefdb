"""The thresholds that a rule declares, and those in force."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from schemas.rule_settings import RuleSettings, Thresholds


class Parameter(NamedTuple):
    """A threshold: its value, what it means, and its unit; a share is 0 to 1."""

    value: float
    description: str
    unit: Literal["count", "share", "chance"] = "count"


Parameters = Mapping[str, Parameter]
"""The thresholds of a rule by the name that evidence gives them."""


def thresholds_of(rule: str, parameters: Parameters, settings: RuleSettings) -> Thresholds:
    """Return the thresholds of a rule in force, by name; `rule`: its id."""
    defaults = {name: one.value for name, one in parameters.items()}
    return defaults | dict(settings.thresholds.get(rule, {}))
