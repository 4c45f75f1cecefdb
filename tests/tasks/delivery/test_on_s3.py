"""Delivery on a real S3 server: its conditional writes hold what the folder's do."""

import pytest

from tasks.delivery.publish_feeds import NAMES
from tasks.delivery.run_delivery import refresh_feeds
from tasks.vault.backends.open_store import open_store
from tests.alert_entries import HOUR, NOW, REFUSED, Inbox, alert_event, append, deliver, states
from tests.vaxwatch.proof.s3_lakes import s3_lake

pytestmark = [pytest.mark.server, pytest.mark.long]


def test_an_outbox_on_s3_sends_once_and_corrects() -> None:
    """A refusal, a second sender meanwhile, an end; and the feeds."""
    with s3_lake() as lake:
        store, inbox = open_store(lake["uri"]), Inbox(faults=[REFUSED])
        append(store, alert_event("old"))
        deliver(store, inbox)
        append(store, alert_event("cut"))
        assert list(states(deliver(store, inbox, owner="first"))) == ["waits"]
        for owner in ("first", "second"):
            deliver(store, inbox, now=NOW + HOUR, owner=owner)
        append(store, alert_event("cut", "reverted"))
        for owner in ("first", "second"):
            deliver(store, inbox, now=NOW + 2 * HOUR, owner=owner)
        assert inbox.titles == [
            "[critical, unconfirmed] The dashboard showed the cut.",
            "[critical] Undone: The dashboard showed the cut.",
        ]
        refresh_feeds(store, (), NOW)
        assert set(NAMES) <= set(store.list("alerts/"))
