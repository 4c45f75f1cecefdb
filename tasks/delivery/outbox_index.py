"""The index of a target: which messages it still waits for, and what it was notified of.

Promises: it is one object, replaced by compare-and-swap, so the cursor moves over entries of the
log only together with the messages that they give rise to. It grows with the alerts that are open,
not with history.

    alerts/outbox/targets/<target>.json
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.errors import Damaged
from tasks.delivery.messages import Message, message_of
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document, encode, parsed, with_hash

FOLDER: Final = "alerts/outbox/targets"


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """What one target waits for and was notified of.

    `began`, `began_at`: entries of the log, and time, when the target was first delivered to.
    `cursor`: entries whose messages are planned. `pending`: messages by id that are not settled.
    `waiting`: by lane the events for the next digest. `periods`: the newest digest by lane, and of
    the heartbeat, by its first day. `sent`: by fingerprint when the target was last notified of an
    alert that has not ended for it. `silent`: by source its last fetch, where the target was
    notified of the silence since. `watched_at`: when that was last examined. `dead`: messages that
    were given up, by id. `busy_at`: when a message was last planned, heartbeats aside.
    """

    began: int
    began_at: datetime
    cursor: int
    pending: Mapping[str, Message] = field(default_factory=dict[str, Message])
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    periods: Mapping[str, str] = field(default_factory=dict[str, str])
    sent: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    silent: Mapping[str, str] = field(default_factory=dict[str, str])
    watched_at: datetime | None = None
    dead: Mapping[str, Message] = field(default_factory=dict[str, Message])
    busy_at: datetime | None = None

    def document(self) -> dict[str, Any]:
        """Return the index as JSON values."""
        return {
            "began": self.began,
            "began_at": self.began_at.isoformat(),
            "cursor": self.cursor,
            "pending": {name: one.document() for name, one in self.pending.items()},
            "waiting": {lane: list(refs) for lane, refs in self.waiting.items() if refs},
            "periods": dict(self.periods),
            "sent": {name: at.isoformat() for name, at in self.sent.items()},
            "silent": dict(self.silent),
            "watched_at": self.watched_at.isoformat() if self.watched_at else None,
            "dead": {name: one.document() for name, one in self.dead.items()},
            "busy_at": self.busy_at.isoformat() if self.busy_at else None,
        }


def index_key(target: str) -> str:
    """Return the object name of a target's index."""
    return f"{FOLDER}/{target}.json"


def read_index(store: Store, target: str) -> Index | None:
    """Return the index of a target; None before its first delivery. Raises Damaged."""
    blob = store.get(index_key(target))
    return _index(store, target, blob.body) if blob else None


def change_index(store: Store, target: str, change: Callable[[Index | None], Index]) -> Index:
    """Replace the index of a target by what `change` makes of it; return what stands then.

    `change` is called again where another sender was faster. Raises Damaged, LostRace.
    """
    newest: list[Index] = []

    def build(present: bytes | None) -> bytes | None:
        before = None if present is None else _index(store, target, present)
        newest.append(change(before))
        return None if newest[-1] == before else encode(with_hash(newest[-1].document()))

    store.update(index_key(target), build)
    return newest[-1]


def _index(store: Store, target: str, body: bytes) -> Index:
    where = f"{store.uri}/{index_key(target)}"
    document = parsed(where, body)
    try:
        return _index_of(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        seen = f"other fields ({type(error).__name__}: {error})"
        raise Damaged(where, seen, "the index of a target") from error


def _index_of(document: Document) -> Index:
    return Index(
        began=document["began"],
        began_at=datetime.fromisoformat(document["began_at"]),
        cursor=document["cursor"],
        pending={name: message_of(one) for name, one in document["pending"].items()},
        waiting={lane: tuple(refs) for lane, refs in document["waiting"].items()},
        periods=document["periods"],
        sent={name: datetime.fromisoformat(at) for name, at in document["sent"].items()},
        silent=document["silent"],
        watched_at=_instant(document["watched_at"]),
        dead={name: message_of(one) for name, one in document["dead"].items()},
        busy_at=_instant(document["busy_at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
