"""Receipts: the state of one message to one target, changed by compare-and-swap alone.

Promises: of several senders one has the lease. A lease that runs out is taken by the next sender,
which sends the same message under the same id: at least once, and a repeat can be recognised. What
was sent once is sent no more.

    alerts/outbox/messages/<target>/<message id>.json
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from schemas.errors import Damaged
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document, encode, parsed, with_hash

State = Literal["pending", "leased", "failed", "sent", "dead", "withdrawn"]
SETTLED: Final = frozenset({"sent", "dead", "withdrawn"})
LEASE: Final = timedelta(minutes=10)
"""How long a sender may take for one message; longer than all of its time-outs."""
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)
SKEW: Final = timedelta(hours=1)
"""How far the clocks of two senders may be apart. A wait that is longer by more than that was
written before the clock was set back, and holds nobody up."""
TRIES: Final = 10
"""Tries before a message is given up; a sender that was killed is a try."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The state of a message.

    `tries`: leases taken so far. `owner`, `until`: who sends it now, and when the lease ends.
    `next_try`: the earliest time of the next try after a failure. `at`: when it was settled.
    `error`: why the last try failed, without secrets. `trying`: the events that are being sent.
    `refs`: those that were sent, or may have been by a sender that was killed.
    """

    state: State = "pending"
    tries: int = 0
    owner: str = ""
    until: datetime | None = None
    next_try: datetime | None = None
    at: datetime | None = None
    error: str = ""
    trying: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()

    def document(self, target: str, name: str) -> dict[str, Any]:
        """Return the receipt as JSON values."""
        times = {"until": self.until, "next_try": self.next_try, "at": self.at}
        return {
            "id": name,
            "target": target,
            "state": self.state,
            "tries": self.tries,
            "owner": self.owner,
            "error": self.error,
            "trying": list(self.trying),
            "refs": list(self.refs),
            **{key: at.isoformat() if at else None for key, at in times.items()},
        }


def leased(before: Receipt, owner: str, now: datetime, refs: tuple[str, ...] = ()) -> Receipt:
    """Return the receipt under a lease of `owner`; the same one where it cannot be taken now.

    `refs`: the events that are sent under it. The last of too many tries that ended without a
    result makes the message dead.
    """
    if before.state in SETTLED or waits_until(before, now):
        return before
    if before.tries >= TRIES:
        return _settled(before, "dead", now, error=before.error)
    return Receipt(
        state="leased",
        tries=before.tries + 1,
        owner=owner,
        until=now + LEASE,
        error=before.error,
        trying=refs,
        refs=_perhaps_sent(before),
    )


def sent(before: Receipt, now: datetime, refs: tuple[str, ...]) -> Receipt:
    """Return the receipt of a message that was sent, whoever has the lease by now."""
    if before.state == "sent":
        return before
    return replace(_settled(before, "sent", now), refs=_united(before.refs, refs))


def failed(before: Receipt, owner: str, now: datetime, error: str) -> Receipt:
    """Return the receipt after a failed try; the same one if another sender has the lease."""
    if before.state != "leased" or before.owner != owner:
        return before
    tried = replace(before, owner="", until=None, trying=(), error=error)
    if before.tries >= TRIES:
        return _settled(tried, "dead", now, error=error)
    return replace(tried, state="failed", next_try=now + delay(before.tries))


def withdrawn(before: Receipt, now: datetime) -> Receipt:
    """Return the receipt of a message that was overtaken; the same one while it is being sent."""
    if before.state in SETTLED or (before.state == "leased" and waits_until(before, now)):
        return before
    return _settled(before, "withdrawn", now)


def _settled(before: Receipt, state: State, now: datetime, *, error: str = "") -> Receipt:
    refs = _perhaps_sent(before)
    return Receipt(state=state, tries=before.tries, at=now, error=error, refs=refs)


def _perhaps_sent(before: Receipt) -> tuple[str, ...]:
    """Return the events that may have been sent; a lease that ran out leaves that open."""
    return _united(before.refs, before.trying if before.state == "leased" else ())


def _united(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*some, *more]))


def resumed(before: Receipt) -> Receipt:
    """Return the receipt of a dead message that is tried again from the beginning."""
    return Receipt(error=before.error) if before.state == "dead" else before


def delay(tries: int) -> timedelta:
    """Return how long to wait after a number of failed tries.

    >>> [str(delay(tries)) for tries in (1, 2, 9, 10)]
    ['0:01:00', '0:02:00', '4:16:00', '6:00:00']
    """
    return min(FIRST_DELAY * 2 ** (tries - 1), LONGEST_DELAY)


def waits_until(receipt: Receipt, now: datetime) -> datetime | None:
    """Return until when nobody may try: another has the lease, or the back-off; None: now."""
    is_leased = receipt.state == "leased"
    until, longest = (receipt.until, LEASE) if is_leased else (receipt.next_try, LONGEST_DELAY)
    return until if until and now < until <= now + longest + SKEW else None


def receipt_key(target: str, name: str) -> str:
    """Return the object name of a receipt."""
    return f"alerts/outbox/messages/{target}/{name}.json"


def read_receipt(store: Store, target: str, name: str) -> Receipt:
    """Return the receipt of a message; a pending one where there is none. Raises Damaged."""
    blob = store.get(receipt_key(target, name))
    return _receipt(store, target, name, blob.body) if blob else Receipt()


def change_receipt(
    store: Store, target: str, name: str, change: Callable[[Receipt], Receipt]
) -> tuple[Receipt, Receipt]:
    """Replace a receipt by what `change` makes of it; return both. Raises Damaged, LostRace."""
    both: list[tuple[Receipt, Receipt]] = []

    def build(present: bytes | None) -> bytes | None:
        before = _receipt(store, target, name, present) if present else Receipt()
        after = change(before)
        both.append((before, after))
        return None if after == before else encode(with_hash(after.document(target, name)))

    store.update(receipt_key(target, name), build)
    return both[-1]


def _receipt(store: Store, target: str, name: str, body: bytes) -> Receipt:
    where = f"{store.uri}/{receipt_key(target, name)}"
    document = parsed(where, body)
    try:
        return _receipt_of(document)
    except (KeyError, TypeError, ValueError) as error:
        seen = f"other fields ({type(error).__name__}: {error})"
        raise Damaged(where, seen, "the receipt of a message") from error


def _receipt_of(document: Document) -> Receipt:
    times = {key: document[key] for key in ("until", "next_try", "at")}
    return Receipt(
        state=document["state"],
        tries=document["tries"],
        owner=document["owner"],
        error=document["error"],
        trying=tuple(document["trying"]),
        refs=tuple(document["refs"]),
        **{key: datetime.fromisoformat(text) if text else None for key, text in times.items()},
    )
