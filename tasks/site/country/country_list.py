"""The list of all countries, by name: newest promise, what was delivered, alerts."""

from collections.abc import Sequence
from typing import Any

from schemas.alerts import SEVERITIES
from schemas.figure_wording import noun
from schemas.wording import day_only, figure
from tasks.site.country.country_content import CountryContent, shown_by
from tasks.site.rendering import html_page


def country_list_page(name: str, every: Sequence[CountryContent]) -> bytes:
    """Return the list of countries. `name`: its address. `every`: in any order."""
    rows = sorted((_row(one) for one in every), key=lambda row: (row["title"], row["iso3"]))
    return html_page("country/countries.html", name, countries=rows)


def _row(one: CountryContent) -> dict[str, Any]:
    lead, ladder = one.lead, one.ladder or {}
    delivered, source = ladder.get("delivered"), ladder.get("delivered_source")
    alerts = [alert for alert in one.alerts if alert.state in ("open", "acked")]
    worst = max((alert.severity for alert in alerts), key=SEVERITIES.index, default="")
    return {
        "iso3": one.iso3,
        "title": one.title,
        "promise": figure(lead.newest.value, lead.measure) if lead else "",
        "about": f"{noun(lead.measure)}, {shown_by(lead.source)}" if lead else _others(one),
        "since": day_only(lead.newest.as_of) if lead else "",
        "delivered": "" if source is None else figure(delivered),
        "delivered_on": day_only(ladder["delivered_on"]) if source else "",
        "alerts": len(alerts),
        "worst": worst,
    }


def _others(one: CountryContent) -> str:
    """Return what a country without a promise or a dose has figures of, by whom."""
    known = dict.fromkeys((line.series.table, line.series.source) for line in one.further)
    return "; ".join(f"{table.replace('_', ' ')}, {shown_by(source)}" for table, source in known)
