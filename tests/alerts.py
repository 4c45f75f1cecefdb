"""The alerts of a lake, as its log has them."""

from collections.abc import Sequence

from schemas.alerts import Alert
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log, alerts_of
from tasks.vault.backends.store import Store


def read_alerts(store: Store, in_force: Sequence[Waiver] = ()) -> list[Alert]:
    """Return the alerts of a lake, newest first; the waivers in force silence open ones."""
    return alerts_of(alert_log(store).complete(), in_force)
