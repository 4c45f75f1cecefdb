"""A whole delivery of a lake: read the alerts, send what is due, publish the feeds."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from schemas.alerts import Alert
from schemas.waivers import Waiver, in_force
from tasks.alerts.alert_log import alert_log, alerts_of
from tasks.alerts.known_entries import EVENTS, known_entries
from tasks.delivery.deliver import deliver_all
from tasks.delivery.delivery import Delivery
from tasks.delivery.delivery_report import TargetReport
from tasks.delivery.feed_entries import Problem
from tasks.delivery.pictures import picture_of
from tasks.delivery.publish_feeds import publish_feeds
from tasks.delivery.targets import Target
from tasks.sources import SOURCES
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertState:
    """The alerts of a lake at one time: the entries of the log, and what they come to."""

    entries: Sequence[Document]
    alerts: Sequence[Alert]


def alert_state(store: Store, waivers: Sequence[Waiver], at: datetime) -> AlertState:
    """Return the alerts as they stand; `waivers`: all of the settings, expired ones too."""
    entries = known_entries(alert_log(store), store.get(EVENTS))
    alerts = alerts_of(entries, in_force(waivers, at.date()), on=at.date())
    return AlertState(entries=entries, alerts=alerts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a delivery is made.

    `environment`: has the addresses. `clock`: returns the time (UTC). `is_dry`: nothing is sent or
    written. `revive`: dead messages are tried again. `is_whole`: all targets are delivered to, so
    the feeds list no other problems.
    """

    environment: Mapping[str, str]
    clock: Callable[[], datetime]
    is_dry: bool = False
    revive: bool = False
    is_whole: bool = True


def refresh_feeds(store: Store, in_force: Sequence[Waiver], at: datetime) -> None:
    """Publish the feeds as the alert log stands; `in_force`: the waivers of the day of `at`."""
    state = alert_state(store, in_force, at)
    publish_feeds(store, state.entries, state.alerts)


def run_delivery(
    store: Store, state: AlertState, targets: Sequence[Target], options: Options
) -> list[TargetReport]:
    """Deliver to the targets, then publish the feeds; return a report per target.

    Raises Damaged, LostRace, StoreError.
    """
    delivery = Delivery(
        store=store,
        entries=state.entries,
        alerts=state.alerts,
        clock=options.clock,
        owner=uuid.uuid4().hex,
        sources=SOURCES,
        picture=partial(picture_of, store),
    )
    reports = deliver_all(
        delivery, targets, options.environment, is_dry=options.is_dry, revive=options.revive
    )
    if not options.is_dry and state.entries:
        problems = _problems(reports) if options.is_whole else None
        publish_feeds(store, state.entries, state.alerts, problems)
    return reports


def _problems(reports: Sequence[TargetReport]) -> list[Problem]:
    return [
        Problem(target=one.target, count=len(one.of("dead")), since=one.dead_since.isoformat())
        for one in reports
        if one.dead_since
    ]
