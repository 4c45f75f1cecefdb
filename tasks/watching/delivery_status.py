"""The status of the delivery of alerts, by target, from the outbox in the lake.

Promises: one listing, and one or two objects per target; no target is contacted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tasks.delivery.outbox_index import FOLDER, Index, read_index
from tasks.delivery.receipts import read_receipt
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document

GRACE: Final = timedelta(hours=1)
"""How long a message may wait, and an alert for its message, before that is a problem."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetStatus:
    """How the delivery to one target stands.

    `undelivered`: messages that wait for longer than an hour. `unplanned`: entries of the alert log
    that no delivery to this target has examined for longer than that. `undelivered_since`: the time
    (UTC) of the oldest of both; None without any. `why`: why the last try failed. `dead`: messages
    that were given up; `dead_since`: when the newest of them was due.
    """

    target: str
    undelivered: int = 0
    unplanned: int = 0
    undelivered_since: datetime | None = None
    why: str = ""
    dead: int = 0
    dead_since: datetime | None = None


def target_statuses(
    store: Store, entries: Sequence[Document], *, configured: Collection[str] = (), at: datetime
) -> list[TargetStatus]:
    """Return the status of each target that was ever delivered to, by name.

    `entries`: of the alert log. `configured`: names of targets; where there are some, others are
    left out. Raises Damaged, StoreError.
    """
    below = f"{FOLDER}/"
    names = [key.removeprefix(below).removesuffix(".json") for key in store.list(below)]
    wanted = [name for name in names if not configured or name in configured]
    indexes = store.ask_all(lambda name: read_index(store, name), wanted)
    return [
        _target_status(store, name, index, entries, at)
        for name, index in zip(wanted, indexes, strict=True)
        if index
    ]


def _target_status(
    store: Store, name: str, index: Index, entries: Sequence[Document], at: datetime
) -> TargetStatus:
    late = sorted(
        (message.due_at, message_id)
        for message_id, message in index.pending.items()
        if at - message.due_at > GRACE
    )
    behind = [datetime.fromisoformat(entry["at"]) for entry in entries[index.cursor :]]
    unplanned = [one for one in behind if at - one > GRACE]
    dead = [message.due_at for message in index.dead.values()]
    return TargetStatus(
        target=name,
        undelivered=len(late),
        unplanned=len(unplanned),
        undelivered_since=min([*(due for due, _ in late), *unplanned], default=None),
        why=read_receipt(store, name, late[0][1]).error if late else "",
        dead=len(dead),
        dead_since=max(dead, default=None),
    )
