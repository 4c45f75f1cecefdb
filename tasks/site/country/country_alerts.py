"""The alerts of a country page: how each stands, what it belongs to, what it is for the country."""

from typing import Any, Final

from schemas.alerts import Alert
from schemas.wording import ARROW, day_only, figure, percent
from tasks.site.country.country_content import CountryContent

MOST: Final = 25
"""Alerts that a page lists; the list of alerts has all."""


def alert_rows(one: CountryContent) -> list[dict[str, Any]]:
    """Return the newest alerts on the country.

    `whole`: the alert that it is a part of, None without one. `here`: of an alert on many
    countries, what it found for this one; '' where its sentence has that.
    """
    return [
        {
            **short(one, alert),
            "sentence": alert.sentence,
            "day": day_only(alert.as_of),
            "whole": _whole(one, alert),
            "here": _here(one, alert),
        }
        for alert in one.alerts[:MOST]
    ]


def short(one: CountryContent, alert: Alert) -> dict[str, str]:
    """Return what a row names of an alert. `standing`: its state, and what a version confirmed."""
    kinds = {event.event.kind for event in one.content.events[alert.fingerprint]}
    if alert.confidence == "unconfirmed" and alert.state != "reverted":
        sure = ", unconfirmed"
    else:
        sure = ", confirmed by a later version" if "confirmed" in kinds else ""
    return {
        "fingerprint": alert.fingerprint,
        "severity": alert.severity,
        "state": alert.state,
        "standing": alert.state + sure,
    }


def _whole(one: CountryContent, alert: Alert) -> dict[str, str] | None:
    found = one.content.alerts_by_fingerprint.get(alert.group or "")
    return {"fingerprint": found.fingerprint, "day": day_only(found.as_of)} if found else None


def _here(one: CountryContent, alert: Alert) -> str:
    """Return the figures of the country in an alert on many, from what to what; '' without any."""
    if alert.key.get("iso3"):
        return ""
    parts = {
        (child.get("column") or "", child.get("before"), child.get("after"), child["rel_change"])
        for event in one.content.events[alert.fingerprint]
        for child in event.event.evidence.get("children", ())
        if child["key"].get("iso3") == one.iso3 and child.get("rel_change") is not None
    }
    texts = [
        f"{figure(before, column)} {ARROW} {figure(after, column)} ({percent(change)})"
        for column, before, after, change in sorted(parts, key=repr)
    ]
    is_named = all(text in alert.sentence for text in texts)
    return "" if not texts or is_named else f"{one.title}: {', '.join(texts)}."
