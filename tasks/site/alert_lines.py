"""Alerts as lines of a page: severity, day, sentence, and the page of the alert."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from schemas.alerts import SEVERITIES, Alert
from tasks.site.addresses import alert_page

STANDING: Final = frozenset({"open", "acked", "silenced"})
"""States in which what an alert is about still stands."""
GRAVE: Final = frozenset({"high", "critical"})
"""Severities beside which nothing is shown as expected."""


def standing(alerts: Iterable[Alert]) -> list[Alert]:
    """Return the alerts that stand, the worst and newest first."""
    found = [one for one in alerts if one.state in STANDING]
    return sorted(found, key=lambda one: (-SEVERITIES.index(one.severity), -one.as_of.timestamp()))


def alert_lines(alerts: Sequence[Alert], most: int) -> list[dict[str, Any]]:
    """Return the first `most` alerts as values of a template."""
    return [
        {
            "severity": one.severity,
            "as_of": one.as_of,
            "sentence": one.sentence,
            "state": one.state,
            "confidence": one.confidence,
            "page": alert_page(one.fingerprint),
        }
        for one in alerts[:most]
    ]


def grave(alerts: Iterable[Alert]) -> list[Alert]:
    """Return those of high or critical severity."""
    return [one for one in alerts if one.severity in GRAVE]
