"""What an alert rule is: identity, documentation, thresholds and the function that judges.

A rule is one `Rule` in a module of its own and one line in `registry.RULES`; evaluation, evidence,
waivers, grouping and docs/rules.md read everything else from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from schemas.alerts import Severity
from tasks.alerts.rules.episode import Episode, Family
from tasks.alerts.rules.rule_context import SourceContext

Grain = Literal["row", "country", "dataset", "source"]
"""What one finding is about."""
Unit = Literal["count", "share", "chance", "factor"]
Judge = Callable[[SourceContext], Iterable[Episode]]
FORMATS: Final[Mapping[Unit, Callable[[float], str]]] = {
    "count": "{:,}".format,
    "factor": "{:,}".format,
    "share": lambda value: f"{value * 100:g} %",
    "chance": "{:.0e}".format,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A threshold: its value, what it means, and its unit; a share is 0 to 1."""

    value: float
    description: str
    unit: Unit = "count"

    def __str__(self) -> str:
        """Return the value as docs/rules.md shows it.

        >>> str(Parameter(0.1, "least fall", "share")), str(Parameter(10_000, "least doses"))
        ('10 %', '10,000')
        """
        return FORMATS[self.unit](self.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An alert rule.

    `title`, `means`, `check`, `causes`: its section in docs/rules.md (Markdown). `grain`: what a
    finding is about. `family`: which findings of many rows or countries become one (their keys have
    iso3); None: they are never grouped. `severities`: those that its findings can have.
    `parameters`: the thresholds by the name that evidence gives them. `judge`: pure; returns the
    episodes in all vintages.
    """

    id: str
    title: str
    grain: Grain
    severities: tuple[Severity, ...]
    judge: Judge
    means: str
    check: str
    causes: str
    family: Family | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])

    @property
    def thresholds(self) -> dict[str, float]:
        """The value of each parameter, for evidence."""
        return {name: parameter.value for name, parameter in self.parameters.items()}
