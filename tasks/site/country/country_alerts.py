"""The alerts of a country page: how each stands, what it belongs to, what it is for the country."""

from collections.abc import Mapping
from typing import Any, Final

from schemas.alerts import Alert, Event, parts_of, standing_events
from schemas.figure_wording import noun
from schemas.wording import ARROW, day_only, figure, percent, specified
from tasks.alerts.alert_proof import stated_event
from tasks.site.alerts.wording import STATE_NAMES
from tasks.site.country.country_content import CountryContent
from tasks.site.figures.country_series import Series, Step

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
    kinds = {event.kind for event in standing_events(_recorded(one, alert))}
    if alert.confidence == "unconfirmed" and alert.state != "reverted":
        sure = ", unconfirmed"
    else:
        sure = ", confirmed by a later version" if "confirmed" in kinds else ""
    return {
        "fingerprint": alert.fingerprint,
        "severity": alert.severity,
        "standing": STATE_NAMES[alert.state].lower() + sure,
    }


def alert_on(one: CountryContent, series: Series, step: Step) -> Alert | None:
    """Return the alert on a step of a figure of the country; None where there is none.

    Its own, else the alert on many countries that the step opened with others.
    """
    own = (alert for alert in one.alerts if alert.fingerprint == step.alert)
    shared = (alert for alert in one.alerts if _has_step(one, alert, series, step))
    return next(own, None) or next(shared, None)


def _has_step(one: CountryContent, alert: Alert, series: Series, step: Step) -> bool:
    if alert.key.get("iso3") or alert.opened_as_of != step.as_of:
        return False
    return any(
        (dataset, child.get("column")) == (series.dataset, series.measure)
        for dataset, child in _parts(one, alert)
    )


def _recorded(one: CountryContent, alert: Alert) -> list[Event]:
    return [recorded.event for recorded in one.content.events[alert.fingerprint]]


def _whole(one: CountryContent, alert: Alert) -> dict[str, str] | None:
    found = one.content.alerts_by_fingerprint.get(alert.group or "")
    return {"fingerprint": found.fingerprint, "day": day_only(found.as_of)} if found else None


def _here(one: CountryContent, alert: Alert) -> str:
    """Return the figures of the country in an alert on many, from what to what; '' without any."""
    if alert.key.get("iso3"):
        return ""
    own = [child for _, child in _parts(one, alert) if child.get("rel_change") is not None]
    changes = [_change(child) for child in own]
    if all(text in alert.sentence for text in changes):
        return ""
    named = [f"{_what(child)} {text}" for child, text in zip(own, changes, strict=True)]
    return f"{one.title}: {', '.join(named if len(own) > 1 else changes)}."


def _parts(one: CountryContent, alert: Alert) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what an alert on many countries found for the country, each with its dataset."""
    found = parts_of(alert.dataset, stated_event(alert, _recorded(one, alert)))
    return [part for part in found if part[1]["key"].get("iso3") == one.iso3]


def _change(child: Mapping[str, Any]) -> str:
    column = child.get("column") or ""
    before, after = (figure(child.get(name), column) for name in ("before", "after"))
    return f"{before} {ARROW} {after} ({percent(child['rel_change'])})"


def _what(child: Mapping[str, Any]) -> str:
    return " ".join([*specified(child["key"], "iso3"), noun(child.get("column") or "")]).strip()
