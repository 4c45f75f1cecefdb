"""The content of a site: the marts, alerts and vaults of a lake, each read once.

Promises: only reads; all pages of one rendering are made of the same state of each file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Final

import orjson

from schemas.alerts import Alert, AlertEvent
from schemas.expectations.expectation import Judgement
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log, alerts_of, events_in
from tasks.delivery.targets import countries_of
from tasks.quality.results import read_results
from tasks.site.addresses import RECORD
from tasks.site.site_marts import SiteMarts
from tasks.sources import SOURCES
from tasks.vault.own_hash import Document
from tasks.watching.lake_status import LakeStatus, lake_status

CODE: Final = re.compile(r"[A-Z]{3}")
WITH_COUNTRIES: Final = (
    *("country_totals", "promise_steps", "allocation_ladder", "testing", "campaign_status"),
    *("offers", "further_figures"),
)
"""Marts with rows of a country."""


@dataclass(kw_only=True)
class SiteContent(SiteMarts):
    """What pages are made of.

    `store`: the lake. `on`: the day (UTC) on which waivers and silences hold. `base_url`: where
    people open the lake's files, without a slash at its end; '' where that is not known. `png`:
    which pictures are PNG, too, a value of the setting `site_png`. `waivers`: those in force.
    """

    on: date
    base_url: str = ""
    png: str = "alerts"
    waivers: Sequence[Waiver] = ()

    @cached_property
    def datasets(self) -> list[str]:
        """The names of all datasets of those sources, sorted."""
        return sorted(
            f"{source}.{table}" for source, vault in self.vaults.items() for table in vault.tables()
        )

    @cached_property
    def written(self) -> frozenset[str]:
        """The names of the files that the last rendering wrote."""
        record = self.store.get(RECORD)
        try:
            return frozenset(orjson.loads(record.body)) if record else frozenset()
        except ValueError:
            return frozenset()

    @cached_property
    def newest(self) -> datetime | None:
        """The instant (UTC) of the newest vintage of all; None in an empty lake."""
        return max(
            (vault.vintages()[-1].as_of for vault in self.vaults.values() if vault.vintages()),
            default=None,
        )

    @cached_property
    def recorded_alerts(self) -> Sequence[Alert]:
        """All alerts as they stand, newest first."""
        return alerts_of(self.entries, self.waivers, on=self.on)

    @cached_property
    def alerts(self) -> Sequence[Alert]:
        """Those that have a page: not those of rules and sources that are on trial."""
        return [alert for alert in self.recorded_alerts if alert.origin != "shadow"]

    @cached_property
    def alerts_by_country(self) -> Mapping[str, Sequence[Alert]]:
        """The alerts on each country, and on groups that it is part of, newest first."""
        found: dict[str, list[Alert]] = {}
        for alert in self.alerts:
            events = self.events[alert.fingerprint]
            for iso3 in sorted({code for event in events for code in countries_of(event)}):
                found.setdefault(iso3, []).append(alert)
        return found

    @cached_property
    def countries(self) -> Sequence[str]:
        """The ISO 3166-1 alpha-3 codes of the countries that have a page, sorted.

        Those that a mart or an alert names.
        """
        named = {code for name in WITH_COUNTRIES for code in self.mart(name)["iso3"].unique()}
        return sorted(code for code in named.union(self.alerts_by_country) if CODE.fullmatch(code))

    @cached_property
    def pictured(self) -> frozenset[str]:
        """The countries that have a picture: those with a figure in `country_totals`."""
        return frozenset(self.shown("country_totals")["iso3"].unique())

    @cached_property
    def alerts_by_fingerprint(self) -> Mapping[str, Alert]:
        """The alerts by fingerprint."""
        return {alert.fingerprint: alert for alert in self.alerts}

    @cached_property
    def alert_parts(self) -> Mapping[str, Sequence[Alert]]:
        """The alerts that belong to a group but stand apart, by the group's fingerprint."""
        found: dict[str, list[Alert]] = {}
        for alert in self.alerts:
            if alert.group:
                found.setdefault(alert.group, []).append(alert)
        return found

    @cached_property
    def events(self) -> Mapping[str, Sequence[AlertEvent]]:
        """The events of each alert with their evidence, oldest first, by fingerprint."""
        found: dict[str, list[AlertEvent]] = {}
        for event in (event for entry in self.entries for event in events_in(entry)):
            found.setdefault(event.fingerprint, []).append(event)
        return found

    @cached_property
    def entries(self) -> Sequence[Document]:
        """The entries of the alert log."""
        return alert_log(self.store).complete()

    @cached_property
    def status(self) -> LakeStatus:
        """The status of the lake at the end of that day."""
        at = datetime.combine(self.on, time.max.replace(microsecond=0), tzinfo=UTC)
        return lake_status(self.store, SOURCES, at=at, waivers=self.waivers)

    @cached_property
    def judgements(self) -> Mapping[str, Sequence[Judgement]]:
        """The last judgements of the expectations, by dataset."""
        found: dict[str, list[Judgement]] = {}
        for one in read_results(self.store):
            found.setdefault(one.dataset, []).append(one)
        return found
