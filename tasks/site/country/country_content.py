"""What the pages of one country are made of, and a hash by which a change of it is noticed.

Promises: nothing of it changes by a version that leaves the country's figures as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import polars as pl

from schemas.alerts import Alert
from schemas.wording import country
from tasks.marts.builders.allocation_ladder import STEPS as LADDER
from tasks.site.exact_figures import LARGEST
from tasks.site.figures.country_series import Series, leading, series_of, with_mechanism
from tasks.site.figures.figure_heads import FurtherHead, further_heads, last_steps
from tasks.site.figures.further_lines import FurtherLine, further_lines
from tasks.site.figures.version_times import VersionTimes
from tasks.site.page_file import hash_of
from tasks.site.periods.period_lines import PeriodCount, period_counts
from tasks.site.site_content import WITH_COUNTRIES, SiteContent
from tasks.sources import SOURCES

LOOKED_UP: Final = ("as_of", "as_of_date")
"""Columns of `testing` and `offers` that change with every version, whatever it shows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CountryContent:
    """What is known of one country.

    `period_counts`: its figures of months and years that can be drawn. `further_heads`: the
    datasets of `further`.
    `tests`: the newest report of each source and origin, from the mart `testing`. `alerts`: those
    on the country, and on groups that it is part of, newest first. `datasets`: those with a figure
    of the country, sorted. `last_step`: the instant (UTC) of the last step of any figure, None
    without any. `times`: the versions of all datasets. `made_of`: a hash of everything that the
    country's files follow from.
    """

    content: SiteContent
    iso3: str
    period_counts: Sequence[PeriodCount]
    further_heads: Sequence[FurtherHead]
    tests: pl.DataFrame
    alerts: Sequence[Alert]
    datasets: Sequence[str]
    last_step: datetime | None
    times: VersionTimes
    made_of: str

    @property
    def title(self) -> str:
        """Name and code of the country."""
        return country(self.iso3)

    def rows(self, mart: str) -> pl.DataFrame:
        """Return the country's rows of a mart."""
        return self.content.part(mart, "iso3", self.iso3)

    @property
    def shown_totals(self) -> pl.DataFrame:
        """The country's rows of the mart `country_totals`, as accepted versions show them."""
        return self.content.shown_part("country_totals", self.iso3)

    @property
    def shown_further(self) -> pl.DataFrame:
        """The country's rows of the mart `further_figures`, as accepted versions show them."""
        return self.content.shown_part("further_figures", self.iso3)

    @property
    def has_periods(self) -> bool:
        """Whether it has figures of months and years."""
        return self.iso3 in self.content.periods_by_country

    @property
    def periods(self) -> pl.DataFrame:
        """The country's figures of months and years, of `period_rows`."""
        return self.content.periods_by_country.rows(self.iso3)

    @cached_property
    def series(self) -> Sequence[Series]:
        """All figures of the country, sorted by dataset and measure."""
        return series_of(self.shown_totals, self.rows("promise_steps"))

    @cached_property
    def lead(self) -> Series | None:
        """The figure that the page begins with; None where there is none."""
        known = {(one.dataset, one.measure): one for one in self.series}
        found = leading(list(known), self.ladder)
        return with_mechanism(known[found], self.rows("promise_steps")) if found else None

    @cached_property
    def ladder(self) -> Mapping[str, Any] | None:
        """The newest row of the mart `allocation_ladder`; None where the country has none."""
        newest = self.content.ladders.get(self.iso3)
        return {**newest, **self._large_steps(newest)} if newest else None

    def _large_steps(self, ladder: Mapping[str, Any]) -> dict[str, float | None]:
        """Return the steps of the ladder beyond what a float holds, as the totals have them."""
        return {
            step: one.newest.value
            for step in LADDER
            if (ladder[step] or 0) >= LARGEST
            for one in self.series
            if (one.source, one.measure) == (ladder[f"{step}_source"], f"doses_{step}")
        }

    def versions(self, dataset: str) -> Sequence[datetime]:
        """Return as_of of the versions of a dataset up to the country's last step in any figure.

        Oldest first, without those that are held; none where the lake has no vault of the source.
        """
        return self.times.up_to(dataset, self.last_step) if self.last_step else ()

    @cached_property
    def further(self) -> Sequence[FurtherLine]:
        """The figures that are no totals, as `further_lines` sorts them."""
        return further_lines(self.shown_further)


def country_contents(content: SiteContent) -> Iterator[CountryContent]:
    """Yield the content of every country that has a page, sorted by its code."""
    tests, alerts = newest_tests(content.mart("testing")), content.alerts_by_country
    reports = {iso3: part for (iso3,), part in tests.partition_by("iso3", as_dict=True).items()}
    figures = [content.shown(name) for name in ("country_totals", "further_figures")]
    counts = period_counts(content.periods)
    heads, times = last_steps([*figures, content.periods]), VersionTimes(content.vaults)
    further = further_heads(figures[1])
    fixed = [name for name in WITH_COUNTRIES if name not in {"testing", "offers"}]
    sums = [content.row_sums(name, "iso3") for name in fixed]
    hashes = [hashes_by_country(one) for one in (tests, content.mart("offers"), content.periods)]
    documents = {one.fingerprint: hash_of(one) for one in content.alerts}
    days = {one.fingerprint: (one.fingerprint, one.as_of) for one in content.alerts}
    for iso3 in content.countries:
        last_step, datasets = heads.get(iso3, (None, ()))
        own = alerts.get(iso3, ())
        made_of = [
            *(known.get((iso3,)) for known in sums),
            *(known.get(iso3) for known in hashes),
            [documents[one.fingerprint] for one in own],
            [days[one.group] for one in own if one.group in days],
            [times.hash_up_to(name, last_step) for name in datasets if last_step],
            content.base_url,
            content.png,
        ]
        yield CountryContent(
            content=content,
            iso3=iso3,
            period_counts=counts.get(iso3, ()),
            further_heads=further.get(iso3, ()),
            tests=reports.get(iso3, tests.clear()),
            alerts=own,
            datasets=datasets,
            last_step=last_step,
            times=times,
            made_of=hash_of([iso3, made_of]),
        )


def hashes_by_country(rows: pl.DataFrame) -> Mapping[str, Sequence[int]]:
    """Return a hash of the rows of each country, in any order, but for LOOKED_UP."""
    if rows.is_empty():
        return {}
    fixed = rows.drop(LOOKED_UP) if "as_of_date" in rows.columns else rows
    sums = pl.DataFrame(
        {"iso3": rows["iso3"], **{f"{seed}": fixed.hash_rows(seed) for seed in (1, 2)}}
    )
    found = sums.drop_nulls("iso3").group_by("iso3").agg(pl.col("1", "2").sum(), pl.len())
    return {iso3: numbers for iso3, *numbers in found.iter_rows()}


def newest_tests(testing: pl.DataFrame) -> pl.DataFrame:
    """Return of the mart `testing` the newest report with a count of each source and origin."""
    keys = ["iso3", "source", "origin"]
    counted = testing.filter(pl.col("tested").is_not_null()).sort(*keys, "observed_on")
    return counted.unique(keys, keep="last", maintain_order=True)


def shown_by(source: str) -> str:
    """Return a source as sentences name it; its name where the program no longer has it."""
    return next((one.shown_by for one in SOURCES if one.name == source), source)


def cadence_of(source: str) -> timedelta:
    """Return how often a source publishes; a week where the program no longer has it."""
    return next((one.cadence for one in SOURCES if one.name == source), timedelta(days=7))
