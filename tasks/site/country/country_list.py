"""The list of all countries, by name: newest promise, what was delivered, alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.alerts import SEVERITIES
from schemas.figure_wording import noun
from schemas.wording import day_only, figure
from tasks.site.country.country_content import CountryContent, shown_by
from tasks.site.figures.country_series import leading
from tasks.site.figures.figure_heads import Newest, newest_totals
from tasks.site.rendering import html_page


def country_list_page(name: str, every: Sequence[CountryContent]) -> bytes:
    """Return the list of countries. `name`: its address. `every`: in any order."""
    newest: Mapping[str, Newest] = {}
    if every:
        newest = newest_totals(every[0].content.shown("country_totals"))
    rows = [_row(one, newest.get(one.iso3, {})) for one in every]
    rows.sort(key=lambda row: (row["title"], row["iso3"]))
    return html_page("country/countries.html", name, countries=rows)


def _row(one: CountryContent, newest: Newest) -> dict[str, Any]:
    ladder = one.ladder or {}
    lead = leading(list(newest), ladder)
    value, since = newest[lead] if lead else (None, None)
    about = f"{noun(lead[1])}, {shown_by(lead[0].partition('.')[0])}" if lead else _others(one)
    delivered, source = ladder.get("delivered"), ladder.get("delivered_source")
    alerts = [alert for alert in one.alerts if alert.state in ("open", "acked")]
    worst = max((alert.severity for alert in alerts), key=SEVERITIES.index, default="")
    return {
        "iso3": one.iso3,
        "title": one.title,
        "promise": figure(value, lead[1]) if lead else "",
        "about": about,
        "since": day_only(since) if since else "",
        "delivered": "" if source is None else figure(delivered),
        "delivered_on": day_only(ladder["delivered_on"]) if source else "",
        "alerts": len(alerts),
        "worst": worst,
    }


def _others(one: CountryContent) -> str:
    """Return what a country without a promise or a dose has figures of, by whom."""
    return "; ".join(
        f"{head.table.replace('_', ' ')}, {shown_by(head.source)}" for head in one.further_heads
    )
