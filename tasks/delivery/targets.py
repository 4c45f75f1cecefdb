"""Targets of alerts: whom to notify, of which alerts, how soon."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from schemas.alerts import AlertEvent, Severity, parts_of

Lane = Literal["immediate", "daily", "weekly", "feed"]
LANES: Final[Mapping[Severity, Lane]] = {
    "critical": "immediate",
    "high": "immediate",
    "medium": "daily",
    "low": "weekly",
    "info": "feed",
}
"""How soon an alert of each severity is sent; feed: never, it stands in the static feeds alone."""
SENT_LANES: Final[tuple[Lane, ...]] = ("immediate", "daily", "weekly")
ALERTMANAGER: Final = ("alertmanager+http", "alertmanager+https")
CLOUDEVENTS: Final = ("cloudevents+http", "cloudevents+https")
MACHINES: Final = (*ALERTMANAGER, *CLOUDEVENTS)
"""Schemes of addresses that programs read: they get every event at once, without a cap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One receiver of alerts, `[[targets]]` of vaxwatch.toml.

    `url`: its address, one without secrets; else `url_env` names the environment variable that has
    it. Patterns (`*`, `?`) select what it gets: `sources` by `<source>` or `<source>.<table>`,
    `countries` by ISO 3166-1 alpha-3 code, `rules` by id; empty: all. `severities`: empty: all.
    `lanes`: those it takes. `confirmed_only`: whether it gets an alert only once it is confirmed,
    by the next version for a fall; what is undone before that it never gets. `heartbeat`: whether
    a week without a message ends with one that says so. `silence`: whether it is notified of a
    source from which nothing was fetched for two cadences.
    """

    name: str
    url: str = ""
    url_env: str = ""
    sources: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    lanes: tuple[Lane, ...] = SENT_LANES
    confirmed_only: bool = False
    heartbeat: bool = False
    silence: bool = True

    def wants(self, alert: AlertEvent) -> bool:
        """Return whether an alert is for this target, whatever its lane.

        A group of many countries is for all targets that want one of them.
        """
        return (
            self.wants_source(alert.dataset)
            and _fits(self.rules, alert.rule)
            and (not self.severities or alert.event.severity in self.severities)
            and (not self.countries or any(_fits(self.countries, it) for it in countries_of(alert)))
        )

    def wants_source(self, dataset: str) -> bool:
        """Return whether a source, or a dataset of it, is for this target."""
        source = dataset.partition(".")[0]
        return _fits(self.sources, source) or _fits(self.sources, dataset)

    def lane_of(self, severity: Severity, *, is_machine: bool) -> Lane | None:
        """Return the lane of a severity; None where the target does not take that lane."""
        lane = "immediate" if is_machine else LANES[severity]
        return lane if lane in self.lanes else None


def is_machine(address: str) -> bool:
    """Return whether programs read what is sent to an address.

    >>> is_machine("cloudevents+https://example.org/in"), is_machine("mailtos://example.org")
    (True, False)
    """
    return address.partition("://")[0].lower() in MACHINES


def countries_of(alert: AlertEvent) -> Iterator[str]:
    """Yield the ISO 3166-1 alpha-3 codes that an alert is about; of a group those of its parts.

    Of a held vintage: the countries that are gone, and those with a lower promise.
    """
    if "iso3" in alert.key:
        yield alert.key["iso3"]
    falls: Sequence[Mapping[str, Any]] = alert.event.evidence.get("falls", ())
    parts = [*(part for _, part in parts_of(alert.dataset, alert.event)), *falls]
    yield from (part["key"]["iso3"] for part in parts if "iso3" in part.get("key", ()))
    if alert.event.evidence.get("family") == "held":
        yield from alert.event.evidence.get("lost", {}).get("countries", ())


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)
