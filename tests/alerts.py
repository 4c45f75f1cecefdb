"""The alerts of a lake, as its log has them, and a made one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from schemas.alerts import Alert
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log, alerts_of
from tasks.vault.backends.store import Store

DAY = date(2026, 11, 22)
CUT = Alert(
    fingerprint="f",
    rule="R1",
    severity="critical",
    confidence="unconfirmed",
    state="open",
    origin="live",
    dataset="unicef_market.allocations",
    key={"iso3": "PRK"},
    column="doses_allocated",
    before=8_115_600,
    after=1_540_800,
    change=-6_574_800,
    rel_change=-0.81,
    as_of=datetime(2022, 2, 10, tzinfo=UTC),
    previous_as_of=None,
    group=None,
    sentence="UNICEF's dashboard showed 1,540,800.",
    opened_as_of=datetime(2022, 2, 10, tzinfo=UTC),
)
"""The cut of DPR Korea's allocation as an alert; no lake has it."""


def read_alerts(store: Store, in_force: Sequence[Waiver] = (), *, on: date = DAY) -> list[Alert]:
    """Return the alerts of a lake, newest first, as they stand on a day."""
    return alerts_of(alert_log(store).complete(), in_force, on=on)
