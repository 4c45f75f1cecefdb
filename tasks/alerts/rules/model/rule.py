"""What an alert rule is, what it judges, and the findings that it makes of its episodes.

A rule is one `Rule` in a module of its own, one line in `registry.RULES`, and a section of
docs/rules.md; evaluation, evidence, waivers and grouping read everything else from it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import polars as pl

from schemas.alerts import Severity
from schemas.figure_kinds import COUNTERS, PROMISES
from schemas.rule_settings import DEFAULTS, RuleSettings, Thresholds
from tasks.alerts.rules.model.episode import Episode, Family
from tasks.alerts.rules.model.parameter import Parameter, Parameters, thresholds_of
from tasks.alerts.rules.model.promise_parameters import promise_thresholds
from tasks.alerts.rules.model.promises import promise_changes
from tasks.alerts.rules.reading.accepted_vintages import accepted
from tasks.alerts.rules.reading.figure_changes import (
    countries_compared,
    countries_known,
    country_totals,
    figure_changes,
)
from tasks.alerts.rules.reading.increments import increments
from tasks.alerts.rules.reading.peaks import with_peak_and_next
from tasks.alerts.rules.reading.rule_input import (
    RuleInput,
    SchemaObservation,
    Timeline,
    day_column,
    timeline_of,
)
from tasks.alerts.rules.reading.series_view import SERIES, SeriesView, series_view


@dataclass(frozen=True, kw_only=True)
class DatasetContext:
    """The accepted vintages of one dataset, and the changes of its figures at both grains.

    `settings`: of the lake's owner.
    """

    timeline: Timeline
    rule_input: RuleInput
    settings: RuleSettings = DEFAULTS

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names of the figures."""
        if day_column(self.rule_input.key):
            return frozenset(self.rule_input.cells["column"].unique())
        is_first = pl.col(SERIES).ne_missing(pl.col(SERIES).shift(1))
        return frozenset(self._rows.filter(is_first)["column"].unique())

    @cached_property
    def _rows(self) -> pl.DataFrame:
        return figure_changes(self.rule_input, None)

    def changes_of(self, columns: Collection[str]) -> pl.DataFrame:
        """Return the changes of the given figures, as `figure_changes`."""
        own = sorted(self.columns.intersection(columns))
        if day_column(self.rule_input.key):
            return figure_changes(self.rule_input, own)
        is_all = len(own) == len(self.columns)
        return self._rows if is_all else self._rows.filter(pl.col("column").is_in(own))

    @cached_property
    def promise_rows(self) -> pl.DataFrame:
        """The changes of the promises, as `figure_changes` returns them."""
        return self.changes_of(PROMISES)

    @cached_property
    def _totals(self) -> pl.DataFrame:
        return country_totals(self.promise_rows, self.rule_input.key)

    @cached_property
    def promise_totals(self) -> pl.DataFrame:
        """The changes of the countries' totals, as `with_peak_and_next` returns them."""
        return with_peak_and_next(self._totals, ["iso3"])

    @cached_property
    def promise_findings(self) -> Sequence[tuple[str, Episode]]:
        """What R0, R1 and R2 find, each with the id of its rule."""
        if self.promise_rows.is_empty():
            return []
        rows = with_peak_and_next(self.promise_rows, self.rule_input.key)
        limits = promise_thresholds(self.settings)
        found = promise_changes(self.timeline, limits, totals=self.promise_totals, rows=rows)
        return list(found)

    @cached_property
    def counter_rows(self) -> pl.DataFrame:
        """The changes of the counters, as `figure_changes` returns them."""
        return self.changes_of(COUNTERS)

    @cached_property
    def counter_totals(self) -> pl.DataFrame:
        """The changes of the countries' totals of counters, as `country_totals` returns them."""
        return country_totals(self.counter_rows, self.rule_input.key)

    def figures(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield the changes of the rows, and of the countries' totals: promises, then counters."""
        if not self.promise_rows.is_empty():
            yield self.promise_rows, self.promise_totals
        if not self.counter_rows.is_empty():
            yield self.counter_rows, self.counter_totals

    @cached_property
    def series(self) -> SeriesView:
        """The series of a table with days. Raises ValueError for one without."""
        return series_view(self.rule_input)

    @cached_property
    def increments(self) -> pl.DataFrame:
        """The reports of the counters with what each adds, as `increments` returns them."""
        is_by_day = day_column(self.rule_input.key) is not None
        return increments(self.rule_input, self.series if is_by_day else self.counter_rows)

    def country_changes(self, column: str) -> pl.DataFrame | None:
        """Return the changes of a figure by country: seq, iso3, before, after.

        In a table with days: of the newest day; None if a country has several series.
        """
        if day_column(self.rule_input.key):
            if self.series.entity != ("iso3",):
                return None
            return self.series.levels.filter(pl.col("column") == column)
        return country_totals(self.changes_of([column]), self.rule_input.key)

    @cached_property
    def compared(self) -> Mapping[tuple[str, int], int]:
        """How many countries were compared, by column and seq."""
        if day_column(self.rule_input.key):
            return countries_known(self.rule_input)
        return countries_compared(self._rows, country_totals(self._rows, self.rule_input.key))


@dataclass(frozen=True, kw_only=True)
class SourceContext:
    """Everything that is known of one source up to the newest vintage.

    `shown_by`: the source as the subject of a sentence. `rule_inputs`: one per dataset, held
    vintages included. `schema_observations`: one per snapshot, refused ones included, by time.
    `settings`: of the lake's owner.
    """

    shown_by: str
    rule_inputs: Sequence[RuleInput]
    schema_observations: Sequence[SchemaObservation] = ()
    settings: RuleSettings = DEFAULTS

    @cached_property
    def datasets(self) -> Sequence[DatasetContext]:
        """The datasets without held vintages."""
        return [
            DatasetContext(
                timeline=timeline_of(one, self.shown_by), rule_input=one, settings=self.settings
            )
            for one in map(accepted, self.rule_inputs)
        ]

    def country_datasets(self) -> Iterator[DatasetContext]:
        """Yield the datasets whose rows are about countries."""
        return (dataset for dataset in self.datasets if "iso3" in dataset.timeline.key)


Judge = Callable[[SourceContext, Thresholds], Iterable[Episode]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An alert rule.

    `title`: what it finds, in a few words. `grain`: what a finding is about. `family`: which
    findings of many rows or countries become one (their keys have iso3); None: they are never
    grouped. `severities`: those that its findings can have. `parameters`: the thresholds by the
    name that evidence gives them. `judge`: pure; returns the episodes in all vintages under the
    thresholds in force.
    """

    id: str
    title: str
    grain: Literal["row", "country", "dataset", "source"]
    severities: tuple[Severity, ...]
    judge: Judge
    family: Family | None = None
    parameters: Parameters = field(default_factory=dict[str, Parameter])

    def thresholds(self, settings: RuleSettings) -> Thresholds:
        """Return the thresholds in force, by name."""
        return thresholds_of(self.id, self.parameters, settings)
