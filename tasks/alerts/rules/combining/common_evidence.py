"""Evidence that every event carries, whatever its rule: unit, per head, what the others did.

Promises: what was known at the event's own version; a rule's own entry of the same name stays.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

import polars as pl

from schemas.alerts import Event, Finding
from schemas.population import populations
from schemas.units import unit_of
from schemas.wording import is_share
from tasks.alerts.rules.combining.siblings import siblings, siblings_at
from tasks.alerts.rules.model.rule import DatasetContext, SourceContext

REQUIRED_EVIDENCE: Final = (
    *("rule", "parameters", "vintage", "compared_with", "first_seen", "last_seen", "history"),
    *("unit", "per_head", "siblings"),
)
"""
Entries of the evidence of every event. compared_with is None for the first version, unit where the
alert is about no figure, per_head for no single country, no count or no known population, siblings
for a table without countries.
"""
OF_ROWS: Final = frozenset({"rows", "held"})
"""What source-wide findings are about whose figures are numbers of rows."""


class CommonEvidence:
    """Adds the common evidence to the findings of one source."""

    def __init__(self, source: SourceContext) -> None:
        self._datasets = {one.timeline.dataset: one for one in source.datasets}
        self._places = cache(self._places_of)
        self._siblings = cache(self._siblings_of)

    def added_to(self, finding: Finding) -> Finding:
        """Return the finding with all of REQUIRED_EVIDENCE in each event."""
        return replace(
            finding, events=tuple(self._completed(finding, event) for event in finding.events)
        )

    def _completed(self, finding: Finding, event: Event) -> Event:
        column = finding.column
        unit = unit_of(column) if column else "rows" if finding.about in OF_ROWS else None
        seq = self._places(finding.dataset).get(event.id)
        around = self._siblings(finding.dataset, column) if column and seq is not None else None
        more = {
            "unit": unit,
            "per_head": per_head(finding, event),
            "siblings": None if around is None or seq is None else siblings_at(around, seq),
        }
        own = event.evidence
        added = {name: own.get(name, value) for name, value in more.items()}
        return replace(event, evidence={**own, **added})

    def _places_of(self, dataset: str) -> Mapping[str, int]:
        known = self._datasets.get(dataset)
        return {name: seq for seq, name in enumerate(known.timeline.id)} if known else {}

    def _siblings_of(self, dataset: str, column: str) -> pl.DataFrame | None:
        known: DatasetContext = self._datasets[dataset]
        return siblings(known.rule_input, column) if "iso3" in known.timeline.key else None


def per_head(finding: Finding, event: Event) -> dict[str, float | int | None] | None:
    """Return population [people], and before, after and change of a count per head of it."""
    people = populations().get(str(finding.key.get("iso3")))
    column = finding.column
    if people is None or column is None or is_share(column) or column == "usd_per_dose":
        return None
    figures = {"before": event.before, "after": event.after, "change": event.change}
    shares = {name: None if one is None else one / people for name, one in figures.items()}
    return {"population": people, **shares}
