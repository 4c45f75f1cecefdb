"""What a rule judges: all vintages of a source, and what several rules need, computed once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from tasks.alerts.rules.episode import Episode
from tasks.alerts.rules.figure_changes import (
    countries_compared,
    country_totals,
    figure_changes,
    with_peak_and_next,
)
from tasks.alerts.rules.promises import promise_changes
from tasks.alerts.rules.rule_input import (
    RuleInput,
    SchemaObservation,
    Timeline,
    accepted,
    timeline_of,
)

PROMISES: Final = ("doses_announced", "doses_allocated", "doses_pledged", "secured_share")
"""Figures that are promises."""


@dataclass(frozen=True, kw_only=True)
class DatasetContext:
    """The accepted vintages of one dataset, and the changes of its promises at both grains."""

    timeline: Timeline
    rule_input: RuleInput

    @cached_property
    def _rows(self) -> pl.DataFrame:
        return figure_changes(self.rule_input, PROMISES)

    @cached_property
    def _totals(self) -> pl.DataFrame:
        return country_totals(self._rows, self.rule_input.key)

    @cached_property
    def promise_totals(self) -> pl.DataFrame:
        """The changes of the countries' totals, as `with_peak_and_next` returns them."""
        return with_peak_and_next(self._totals, ["iso3"])

    @cached_property
    def promise_findings(self) -> Sequence[tuple[str, Episode]]:
        """What R0, R1 and R2 find, each with the id of its rule."""
        rows = with_peak_and_next(self._rows, self.rule_input.key)
        return list(promise_changes(self.timeline, totals=self.promise_totals, rows=rows))

    @cached_property
    def compared(self) -> Mapping[tuple[str, int], int]:
        """How many countries were compared, by column and seq."""
        return countries_compared(self._rows, self._totals)


@dataclass(frozen=True, kw_only=True)
class SourceContext:
    """Everything that is known of one source up to the newest vintage.

    `shown_by`: the source as the subject of a sentence. `rule_inputs`: one per dataset, held
    vintages included. `schema_observations`: one per snapshot, refused ones included, by time.
    """

    shown_by: str
    rule_inputs: Sequence[RuleInput]
    schema_observations: Sequence[SchemaObservation] = ()

    @cached_property
    def datasets(self) -> Sequence[DatasetContext]:
        """The datasets without held vintages."""
        return [
            DatasetContext(timeline=timeline_of(one, self.shown_by), rule_input=one)
            for one in map(accepted, self.rule_inputs)
        ]

    def country_datasets(self) -> Iterator[DatasetContext]:
        """Yield the datasets whose rows are about countries."""
        return (dataset for dataset in self.datasets if "iso3" in dataset.timeline.key)
