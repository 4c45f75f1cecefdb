"""What the pages of one country are made of, and a hash by which a change of it is noticed.

Promises: nothing of it changes by a version that leaves the country's figures as they are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import polars as pl

from schemas.alerts import Alert
from schemas.wording import country
from tasks.site.country.country_series import Series, leading, series_of
from tasks.site.page_file import hash_of
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES

CODE: Final = re.compile(r"[A-Z]{3}")
WITH_COUNTRIES: Final = (
    *("country_totals", "promise_steps", "allocation_ladder", "testing", "campaign_status"),
    "offers",
)
"""Marts with rows of a country."""
LOOKED_UP: Final = ("as_of", "as_of_date")
"""Columns of `testing` and `offers` that change with every version, whatever it shows."""


@dataclass(frozen=True, kw_only=True)
class CountryContent:
    """What is known of one country.

    `tests`: the newest report of each source and origin, from the mart `testing`. `alerts`: those
    on the country, and on groups that it is part of, newest first.
    """

    content: SiteContent
    iso3: str
    tests: pl.DataFrame
    alerts: Sequence[Alert]

    @property
    def title(self) -> str:
        """Name and code of the country."""
        return country(self.iso3)

    def rows(self, mart: str) -> pl.DataFrame:
        """Return the country's rows of a mart."""
        return self.content.part(mart, "iso3", self.iso3)

    @cached_property
    def series(self) -> Sequence[Series]:
        """All figures of the country, sorted by dataset and measure."""
        return series_of(self.shown_totals, self.rows("promise_steps"))

    @cached_property
    def lead(self) -> Series | None:
        """The figure that the page begins with; None where there is none."""
        return leading(self.series, self.ladder)

    @cached_property
    def ladder(self) -> Mapping[str, Any] | None:
        """The newest row of the mart `allocation_ladder`; None where the country has none."""
        newest = self.rows("allocation_ladder").filter("is_newest").to_dicts()
        return newest[0] if newest else None

    def versions(self, dataset: str) -> Sequence[datetime]:
        """Return as_of of the versions of a dataset up to the country's last step in any figure.

        Oldest first, without those that are held; none where the lake has no vault of the source.
        """
        source, _, table = dataset.partition(".")
        vault, last = self.content.vaults.get(source), self.last_step
        if vault is None or last is None:
            return []
        return [one.as_of for one in vault.vintages(table) if not one.held and one.as_of <= last]

    @cached_property
    def shown_totals(self) -> pl.DataFrame:
        """The country's rows of the mart `country_totals`, without those of held versions."""
        return self.rows("country_totals").filter(~pl.col("is_held"))

    @cached_property
    def last_step(self) -> datetime | None:
        """The instant (UTC) of the last step of any figure; None without any."""
        found = self.shown_totals["as_of"].max()
        return found if isinstance(found, datetime) else None

    @property
    def made_of(self) -> str:
        """A hash of everything that the country's files follow from."""
        marts = [
            self.rows(name).drop(LOOKED_UP if name == "offers" else ()).write_csv()
            for name in WITH_COUNTRIES
            if name != "testing"
        ]
        datasets = sorted(self.shown_totals["dataset"].unique())
        return hash_of(
            [
                *marts,
                self.tests.drop(LOOKED_UP).write_csv(),
                [one.document() for one in self.alerts],
                [[dataset, *self.versions(dataset)] for dataset in datasets],
                self.content.base_url,
            ]
        )


def country_contents(content: SiteContent) -> Iterator[CountryContent]:
    """Yield the content of every country that a mart or an alert names, sorted by its code."""
    tests, alerts = newest_tests(content.mart("testing")), alerts_by_country(content)
    reports = {iso3: part for (iso3,), part in tests.partition_by("iso3", as_dict=True).items()}
    named = {code for name in WITH_COUNTRIES for code in content.mart(name)["iso3"].unique()}
    for iso3 in sorted(code for code in {*named, *alerts} if code and CODE.fullmatch(code)):
        yield CountryContent(
            content=content,
            iso3=iso3,
            tests=reports.get(iso3, tests.clear()),
            alerts=alerts.get(iso3, ()),
        )


def newest_tests(testing: pl.DataFrame) -> pl.DataFrame:
    """Return of the mart `testing` the newest report with a count of each source and origin."""
    keys = ["iso3", "source", "origin"]
    counted = testing.filter(pl.col("tested").is_not_null()).sort(*keys, "observed_on")
    return counted.unique(keys, keep="last", maintain_order=True)


def alerts_by_country(content: SiteContent) -> Mapping[str, Sequence[Alert]]:
    """Return the alerts on each country, and on groups that it is part of, newest first."""
    found: dict[str, list[Alert]] = {}
    for alert in content.alerts:
        for iso3 in _countries_of(content, alert):
            found.setdefault(iso3, []).append(alert)
    return found


def _countries_of(content: SiteContent, alert: Alert) -> set[str]:
    if "iso3" in alert.key:
        return {alert.key["iso3"]}
    keys: Iterator[Mapping[str, str]] = (
        child.get("key") or {}
        for event in content.events.get(alert.fingerprint, ())
        for child in event.event.evidence.get("children") or ()
    )
    return {key["iso3"] for key in keys if "iso3" in key}


def shown_by(source: str) -> str:
    """Return a source as sentences name it; its name where the program no longer has it."""
    return next((one.shown_by for one in SOURCES if one.name == source), source)


def cadence_of(source: str) -> timedelta:
    """Return how often a source publishes; a week where the program no longer has it."""
    return next((one.cadence for one in SOURCES if one.name == source), timedelta(days=7))
