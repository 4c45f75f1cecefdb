"""The list of all alerts: open ones first, by state, the worst first; groups with their parts."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from schemas.alerts import SEVERITIES, Alert
from tasks.site.addresses import info_page
from tasks.site.alerts.alert_values import brief, superseded_alerts
from tasks.site.alerts.wording import STATE_NAMES
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent


def alert_list(content: SiteContent) -> Iterator[PageFile]:
    """Yield the page of all alerts."""
    alerts = content.alerts
    values = {
        "states": [
            {"state": state, "title": title, "alerts": _listed(content, alerts, state)}
            for state, title in STATE_NAMES.items()
        ],
        "superseded": [
            {"fingerprint": one.fingerprint, "as_of": one.event.as_of, "text": one.event.sentence}
            for one in superseded_alerts(content)
        ],
        "count": len(alerts),
        "newest": content.newest,
    }
    name = info_page("alerts")
    yield page_file(name, partial(html_page, "alerts.html", name), values)


def _listed(content: SiteContent, alerts: Sequence[Alert], state: str) -> list[dict[str, Any]]:
    """Return the alerts of a state, the worst first; of groups the parts are inside."""
    known = content.alerts_by_fingerprint
    own = [one for one in alerts if one.state == state and one.group not in known]
    own.sort(key=lambda one: (SEVERITIES.index(one.severity), one.as_of), reverse=True)
    return [
        {
            **brief(one),
            "parts": [brief(part) for part in content.alert_parts.get(one.fingerprint, ())],
        }
        for one in own
    ]
