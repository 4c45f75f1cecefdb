"""What the pages of alerts show, gathered from the alert log and the marts; nothing is parsed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from schemas.alerts import ACTIONS, Alert, AlertEvent, Event
from schemas.figure_wording import counted
from schemas.redaction import redacted_address
from schemas.wording import day_only, printable
from tasks.alerts.alert_proof import (
    DEFAULT_LAKE,
    command_of,
    siblings_sentence,
    stated_event,
    versions_of,
)
from tasks.alerts.reported_context import reports_near
from tasks.site.addresses import FOLDER, country_picture
from tasks.site.alerts.history_chart import chart_of, history_of
from tasks.site.alerts.matter_rows import matter_of
from tasks.site.alerts.wording import KIND_WORDS
from tasks.site.site_content import SiteContent
from tasks.sources import source_named

FEW: Final = 12
"""Events that a page shows at once; of more, the first and the last ones."""
WIDE_PNG: Final = ("allocation-wide", "png")
"""The picture of its country, which a link to an alert shows."""


def superseded_alerts(content: SiteContent) -> list[AlertEvent]:
    """Return of each alert that no longer holds its last event of a rule, by fingerprint."""
    standing = {alert.fingerprint for alert in content.recorded_alerts}
    found: list[AlertEvent] = []
    for fingerprint, events in sorted(content.events.items()):
        judged = [event for event in events if event.event.kind not in ACTIONS]
        if judged and fingerprint not in standing and judged[-1].origin != "shadow":
            found.append(judged[-1])
    return found


def alert_values(content: SiteContent, alert: Alert) -> dict[str, Any]:
    """Return what the page of an alert shows, but for its archived rows."""
    recorded = [one.event for one in content.events[alert.fingerprint]]
    stated = stated_event(alert, recorded)
    history = history_of(one for one in recorded if one.kind not in ACTIONS)
    around, iso3 = stated.evidence.get("siblings"), alert.key.get("iso3", "")
    return {
        "alert": alert_document(alert),
        "site_url": f"{content.base_url}/{FOLDER}/" if content.base_url else "",
        "picture": _picture(content, iso3),
        "source": source_facts(alert.dataset, stated),
        "siblings": siblings_sentence(around, alert.column or "") if around else "",
        "versions": versions_of(stated),
        "history": [{"as_of": at, "value": value} for at, value in history],
        "chart": (chart := chart_of(history, alert)),
        "counted": counted(alert.column, stated.evidence.get("unit")),
        "matter": matter_of(alert, stated, has_history=chart is not None),
        "children": _children(stated),
        "parts": [brief(one) for one in content.alert_parts.get(alert.fingerprint, ())],
        "whole": _whole(content, alert),
        "reports": _reports(content, alert),
        "life": [life_entry(one) for one in recorded],
        "command": command_of(alert, stated, DEFAULT_LAKE),
    }


def alert_document(alert: Alert) -> dict[str, Any]:
    """Return an alert as values of a page; times stay instants."""
    return {
        **{name: getattr(alert, name) for name in alert.__slots__},
        "key": dict(alert.key),
        "iso3": alert.key.get("iso3", ""),
    }


def brief(alert: Alert) -> dict[str, Any]:
    """Return what a list shows of an alert."""
    names = ("fingerprint", "severity", "confidence", "state", "sentence", "as_of", "note", "rule")
    return {name: getattr(alert, name) for name in names}


def source_facts(dataset: str, stated: Event) -> dict[str, str]:
    """Return who published what an alert is about: dataset, name, publisher, licence, address.

    `address`: of the version, without secrets; '' for one that is no web page.
    """
    declared = source_named(dataset.partition(".")[0])
    vintage: Mapping[str, str] = stated.evidence.get("vintage") or {}
    return {
        "dataset": dataset,
        "name": declared.name,
        "publisher": declared.publisher,
        "licence": declared.licence,
        "address": web_address(vintage.get("source_url") or declared.url),
    }


def web_address(address: str | None) -> str:
    """Return an address as a link may have it, without secrets; '' for one of no web page.

    >>> web_address("https://example.org/a.csv?key=abc"), web_address("javascript:alert(1)")
    ('https://example.org/a.csv?key=***', '')
    """
    is_web = (address or "").lower().startswith(("http://", "https://"))
    return printable(redacted_address(address or "")) if is_web else ""


def life_entry(event: Event) -> dict[str, Any]:
    """Return an event as a line of an alert's life.

    `at`: the version of a rule's event; of what a person did, when. `note`: who did it, why, until
    when; '' for events of rules. `url`: where a cause is published, '' without one.
    """
    is_action = event.kind in ACTIONS
    evidence = event.evidence
    at = datetime.fromisoformat(evidence["at"]) if is_action else event.as_of
    until = evidence.get("until") if is_action else None
    note = f"{evidence['by']}: {evidence['reason']}" if is_action else ""
    return {
        "at": at,
        "kind": KIND_WORDS[event.kind],
        "severity": event.severity,
        "sentence": "" if is_action else event.sentence,
        "note": note + (f" (until {day_only(date.fromisoformat(until))})" if until else ""),
        "url": web_address(evidence.get("url")) if is_action else "",
    }


def _picture(content: SiteContent, iso3: str) -> str:
    """Return the picture that a link shows; '' without one, or without an absolute address."""
    has_one = content.base_url and iso3 in content.pictured
    return country_picture(iso3, *WIDE_PNG) if has_one else ""


def _children(stated: Event) -> list[dict[str, Any]]:
    """Return the parts of a group as its evidence has them, the worst first."""
    children: Sequence[Mapping[str, Any]] = stated.evidence.get("children", ())
    return [
        {
            "iso3": child["key"].get("iso3", ""),
            "rest": " / ".join(
                str(value)
                for name, value in child["key"].items()
                if name != "iso3" and value != "unspecified"
            ),
            "column": child.get("column") or "",
            "before": child.get("before"),
            "after": child.get("after"),
            "rel_change": child.get("rel_change"),
        }
        for child in children
    ]


def _whole(content: SiteContent, alert: Alert) -> dict[str, Any] | None:
    """Return the group that an alert belongs to; None where it has none that stands."""
    found = content.alerts_by_fingerprint.get(alert.group or "")
    return brief(found) if found else None


def _reports(content: SiteContent, alert: Alert) -> list[dict[str, Any]]:
    """Return what was reported on the country near the time of an alert."""
    offers = content.part("offers", "iso3", alert.key.get("iso3", ""))
    near = reports_near(alert, offers) if offers.height else ()
    return [
        {
            "sentence": one["sentence"].removesuffix(str(one["source_url"])).rstrip(" ."),
            "address": web_address(one["source_url"]),
        }
        for one in near
    ]
