"""The message by which a target is tried: marked as a test, sent past the outbox."""

from datetime import datetime
from typing import Any

from tasks.delivery.message_text import Rendered, html, text
from tasks.delivery.messages import Message


def trial_message(target: str, at: datetime) -> Rendered:
    """Return a message that says that it is a test; each time has an id of its own."""
    about = f"test at {at.isoformat()}"
    page: dict[str, Any] = {
        "lead": f"This is a test of the target {target}; no alert is behind it",
        "full": [],
        "listed": [],
        "more": 0,
        "command": "vaxwatch deliver --dry-run",
    }
    return Rendered(
        id=Message(kind="heartbeat", due_at=at, about=about).id(target),
        kind="heartbeat",
        title=f"[Test] vaxwatch: a test of the target {target}",
        text=text(page),
        html=html(page),
        at=at,
        is_test=True,
    )
