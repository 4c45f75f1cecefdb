"""Pictures of alerts for messages to people."""

from collections.abc import Sequence

from schemas.alerts import Alert, Event
from schemas.errors import VaxwatchError
from tasks.vault.backends.store import Store


def picture_of(store: Store, alert: Alert, events: Sequence[Event]) -> bytes | None:
    """Return the picture of an alert as PNG; None where there is none, or it cannot be drawn.

    `events`: of the rules, oldest first. A message is sent without its picture rather than late.
    """
    from tasks.charts.alert_charts import alert_chart  # noqa: PLC0415 (altair costs a second)

    try:
        return alert_chart(store, alert, events)
    except (VaxwatchError, LookupError, ValueError, TypeError):
        return None
