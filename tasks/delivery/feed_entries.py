"""Entries of the feeds of alerts: an alert is one entry for its whole life, its history inside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Final

from schemas.alerts import Alert
from schemas.errors import short
from schemas.wording import day, printable
from tasks.delivery.numbered_events import Lives, NumberedEvent

TAG: Final = "tag:vaxwatch.org,2022:"
"""The beginning of all ids (RFC 4151)."""
SHORT: Final = 12
"""Characters of a fingerprint in the address of its page."""
ENTRIES_AT_MOST: Final = 500
"""Alerts of a feed, those that changed last; open.csv has every open one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Messages to a target that were given up: how many, and when the newest one was."""

    target: str
    count: int
    since: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a feed. `tags`: severity, state, rule, dataset, country."""

    id: str
    title: str
    published: datetime
    updated: datetime
    lines: Sequence[str]
    tags: Sequence[str] = ()
    page: str = ""

    @property
    def alert(self) -> str:
        """The first twelve characters of the alert's fingerprint; '' for another entry."""
        name = self.id.removeprefix(f"{TAG}alert/")
        return name[:SHORT] if name != self.id else ""


def entries_of(
    lives: Lives, states: Mapping[str, Alert], problems: Sequence[Problem] = ()
) -> list[Entry]:
    """Return the entries of a feed, the newest change first; problems of delivery among them.

    Alerts of rules that are on trial (origin shadow) are left out.
    """
    found = [
        _alert_entry(life, states.get(name))
        for name, life in lives.items()
        if life[-1].origin != "shadow"
    ]
    found += [_problem_entry(problem) for problem in problems]
    found.sort(key=lambda entry: (entry.updated, entry.id), reverse=True)
    return found[:ENTRIES_AT_MOST]


def _alert_entry(life: Sequence[NumberedEvent], alert: Alert | None) -> Entry:
    last = life[-1]
    key = last.alert.key
    state = alert.state if alert else "superseded"
    severity = alert.severity if alert else last.alert.event.severity
    sentence = printable(alert.sentence if alert else last.alert.event.sentence)
    doubt = ", unconfirmed" if alert and alert.confidence == "unconfirmed" else ""
    return Entry(
        id=f"{TAG}alert/{last.alert.fingerprint}",
        title=f"[{severity}{doubt}, {state}] {short(sentence, 140)}",
        published=life[0].recorded_at,
        updated=max(one.recorded_at for one in life),
        lines=[sentence, *_history(life)],
        tags=[
            severity,
            state,
            last.alert.rule,
            last.alert.dataset,
            *filter(None, [key.get("iso3")]),
        ],
        page=last.page,
    )


def _history(life: Sequence[NumberedEvent]) -> Iterator[str]:
    """Yield a line per event: what is new in its sentence. Of updates in a row, the newest one."""
    before, passed = "", 0
    for one, following in zip_longest(life, life[1:]):
        event = one.alert.event
        if following and one.kind == following.kind == "updated":
            passed += 1
            continue
        sentence = printable(event.sentence)
        new = sentence.removeprefix(before).strip() or sentence
        more = f" after {passed} more" if passed else ""
        yield f"{day(event.as_of)} {event.kind}{more} ({event.severity}): {new}"
        before, passed = sentence, 0


def _problem_entry(problem: Problem) -> Entry:
    since = datetime.fromisoformat(problem.since)
    sentence = (
        f"{problem.count} message(s) to {problem.target} were given up after repeated failures. "
        f"vaxwatch deliver --dry-run lists them."
    )
    return Entry(
        id=f"{TAG}delivery/{problem.target}",
        title=f"[delivery] {sentence}",
        published=since,
        updated=since,
        lines=[sentence],
        tags=["delivery"],
    )
