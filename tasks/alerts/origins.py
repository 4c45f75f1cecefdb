"""Where events are from: live, read from history, or found while a source or its rule is new.

Promises: a rule's first versions on a source are remembered by the alert log, so the origin of an
event is the same for whoever records it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from schemas.alerts import AlertEvent, Origin
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW
from tasks.alerts.alert_log import histories
from tasks.vault.own_hash import Document

INTRODUCED: Final = "introduced"
"""The field of an entry: rules that are new for its source, each with an instant, see `starts`."""
SUPERSEDED: Final = (
    "Superseded: what became known later, a release, a retraction or other settings change this."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origins:
    """What decides the origin of events.

    `run`: whether the run reads history. `live_since`: events of vintages before it are replay.
    `vintages`: the instants of the source's vintages, ascending. `rules`: the thresholds of all
    rules that were evaluated, by id. `shadow_versions`: how many versions a new source or rule runs
    in shadow.
    """

    run: Origin
    live_since: datetime
    vintages: Sequence[datetime]
    rules: Mapping[str, Thresholds]
    shadow_versions: int

    def introduced(self, entries: Sequence[Document], source: str) -> dict[str, str]:
        """Return the rules that the log has not seen on the source, each with where it starts.

        On a source without entries that is its first vintage, else the newest one.
        """
        own = [entry for entry in entries if entry["source"] == source]
        known = {*starts(own), *(event["rule"] for entry in own for event in entry["events"])}
        if not self.vintages:
            return {}
        start = (self.vintages[-1] if own else self.vintages[0]).isoformat()
        return dict.fromkeys(sorted(self.rules.keys() - known), start)

    def of(
        self, event: AlertEvent, *, alert: Origin | None, starting: Mapping[str, datetime]
    ) -> Origin:
        """Return the origin of an event.

        `alert`: that of its alert, None for an event that opens one. `starting`: the first version
        of each rule. What is found in shadow stays there. An alert that is found again, with other
        evidence, is what it was.
        """
        if event.event.as_of < self.live_since:
            return "replay"
        if alert and event.event.kind == "opened":
            return alert
        if self.run == "replay":
            return "replay"
        if alert == "shadow":
            return "shadow"
        start = starting.get(event.rule)
        if start is None:
            return "live"
        seen = sum(start <= vintage <= event.event.as_of for vintage in self.vintages)
        return "shadow" if seen <= self.shadow_versions else "live"

    def with_origins(
        self, new: Sequence[AlertEvent], entries: Sequence[Document], source: str
    ) -> list[AlertEvent]:
        """Return new events of a source with their origins; those that supersede keep theirs."""
        starting = starts([entry for entry in entries if entry["source"] == source])
        starting |= starts([{INTRODUCED: self.introduced(entries, source)}])
        known: dict[str, Origin] = {
            name: history.events[0].origin
            for name, history in histories(entries).items()
            if history.events
        }
        found: list[AlertEvent] = []
        for event in new:
            if event.event.kind == "superseded":
                found.append(event)
                continue
            origin = self.of(event, alert=known.get(event.fingerprint), starting=starting)
            known.setdefault(event.fingerprint, origin)
            found.append(replace(event, origin=origin))
        return found

    def why_superseded(self, last: AlertEvent) -> str:
        """Return why an alert is superseded: its rule changed, or what is known of the source."""
        if last.rule not in self.rules:
            return f"Superseded: {last.rule} is not evaluated any more."
        then: Mapping[str, float] = last.event.evidence.get("parameters", {})
        changed = [
            f"{name} {then[name]:,} {ARROW} {value:,}"
            for name, value in self.rules[last.rule].items()
            if name in then and then[name] != value
        ]
        if changed:
            return f"Superseded: the thresholds of {last.rule} changed ({', '.join(changed)})."
        return SUPERSEDED


def starts(own: Sequence[Document]) -> dict[str, datetime]:
    """Return the first version of each rule on a source, as its entries have it."""
    found: dict[str, Any] = {}
    for entry in own:
        found = {**entry.get(INTRODUCED, {}), **found}
    return {rule: datetime.fromisoformat(start) for rule, start in found.items()}
