"""Publish the feeds of alerts into the lake, and compare those that are there.

Promises: byte-stable while no alert changes; one that shows more entries of the log is never
replaced by one that shows fewer. `feed.json` comes first, and states for all three how many entries
they show.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from schemas.alerts import Alert
from schemas.errors import LostRace
from tasks.alerts.alert_tables import silenced_hash
from tasks.delivery.feed_entries import Problem, entries_of
from tasks.delivery.feeds import atom_feed, json_feed, open_csv
from tasks.delivery.numbered_events import lives_of
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document

FIRST: Final = "alerts/feed.json"
NAMES: Final = (FIRST, "alerts/feed.atom", "alerts/open.csv")
FORM: Final = 2
"""Of the texts of entries; feeds of another form are not compared, the next run writes them."""
TRIES: Final = 32


def feed_files(
    entries: Sequence[Document], alerts: Sequence[Alert], problems: Sequence[Problem] = ()
) -> dict[str, bytes]:
    """Return the files by name: feed.json, feed.atom, open.csv.

    `alerts`: the current alerts, silenced ones marked so.
    """
    listed = entries_of(lives_of(entries), {one.fingerprint: one for one in alerts}, problems)
    own = {
        "form": FORM,
        "entries": _newest(entries),
        "silenced": silenced_hash(alerts),
        "problems": [asdict(problem) for problem in problems],
    }
    return {
        NAMES[0]: json_feed(listed, own),
        NAMES[1]: atom_feed(listed),
        NAMES[2]: open_csv(alerts),
    }


def publish_feeds(
    store: Store,
    entries: Sequence[Document],
    alerts: Sequence[Alert],
    problems: Sequence[Problem] | None = None,
) -> list[str]:
    """Write the feeds as the entries of the log have it; return the names of those that changed.

    `problems`: of the delivery; None: those that the feeds show already. Raises LostRace.
    """
    for _ in range(TRIES):
        # The first file is read last: a newer writer that comes after that replaces all three.
        present = {name: store.get(name) for name in reversed(NAMES)}
        first = present[FIRST]
        own = _own(first.body) if first else {}
        if own.get("entries", 0) > _newest(entries):
            return []
        shown = _problems(own) if problems is None else problems
        files = feed_files(entries, alerts, shown)
        tags = {name: blob.etag if blob else None for name, blob in present.items()}
        there = {name: blob.body if blob else None for name, blob in present.items()}
        changed = [name for name in NAMES if files[name] != there[name]]
        if all(store.put_if_match(name, files[name], tags[name]) for name in changed):
            return changed
    raise LostRace(f"{store.uri}/alerts", TRIES)


def are_feeds_behind(store: Store, entries: int) -> bool:
    """Return whether the feeds may lack some of so many entries of the log.

    So it is after a run that ended before it wrote them.
    """
    first = store.get(FIRST) if entries else None
    return (_own(first.body).get("entries", 0) if first else 0) < entries


def feed_faults(
    store: Store, entries: Sequence[Document], alerts: Sequence[Alert]
) -> Iterator[str]:
    """Yield the name of each feed that is missing or not as the log gives it.

    None in a lake without any feed, which the next delivery writes. What another day's silences
    have made of the feeds is not wrong.
    """
    blobs = {name: store.get(name) for name in NAMES}
    first = blobs[FIRST]
    own = _own(first.body) if first else {}
    is_other_day = bool(own) and own.get("silenced") != silenced_hash(alerts)
    newest = _newest(entries)
    if not any(blobs.values()) or own.get("entries", 0) > newest:
        return
    is_same_form = not own or own.get("form", 1) == FORM
    for name, right in feed_files(entries, alerts, _problems(own)).items():
        blob = blobs[name]
        is_behind = own.get("entries", 0) < newest
        is_other = blob is not None and blob.body != right and is_same_form
        if blob is None or (is_other and (is_behind or not is_other_day)):
            yield name


def _newest(entries: Sequence[Document]) -> int:
    """Return the number of the newest entry that has an event; 0 without one."""
    numbered = enumerate(entries, start=1)
    return max((number for number, entry in numbered if entry["events"]), default=0)


def _own(body: bytes) -> dict[str, Any]:
    """Return the extension of a JSON feed; {} where it is damaged."""
    try:
        return dict(json.loads(body)["_vaxwatch"])
    except (ValueError, KeyError, TypeError):
        return {}


def _problems(own: dict[str, Any]) -> list[Problem]:
    return [Problem(**problem) for problem in own.get("problems", ())]
