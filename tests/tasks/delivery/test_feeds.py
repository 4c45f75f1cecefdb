import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.delivery.feed_entries import Problem
from tasks.delivery.feeds import ATOM
from tasks.delivery.publish_feeds import NAMES, feed_faults, publish_feeds
from tasks.delivery.run_delivery import AlertState, alert_state, refresh_feeds
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob, Store
from tests.alert_entries import DAY, NOW, alert_event, append, fingerprint
from tests.thorough import examples

TEXTS = st.text(st.characters(), max_size=30)


def published(store: Store) -> AlertState:
    """Publish the feeds of a lake and return its alerts."""
    state = alert_state(store, (), NOW)
    publish_feeds(store, state.entries, state.alerts)
    return state


def bodies(store: Store) -> dict[str, bytes]:
    """Return the three files."""
    return {name: blob.body for name in NAMES if (blob := store.get(name))}


def entries(store: Store) -> list[ET.Element]:
    """Return the entries of the Atom feed."""
    return list(ET.fromstring(bodies(store)["alerts/feed.atom"]).iter(f"{{{ATOM}}}entry"))  # noqa: S314 (our own)


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_an_alert_is_one_entry_for_its_whole_life(tmp_path: Path, kind: str) -> None:
    """Its id stays, `updated` moves, the history is inside."""
    store = MemoryStore() if kind == "memory" else FolderStore(tmp_path / "lake")
    append(store, alert_event("cut"))
    published(store)
    (before,) = entries(store)
    append(store, alert_event("cut", "reverted"), at=NOW + DAY)
    published(store)
    (after,) = entries(store)
    texts = {
        name: (one.findtext(f"{{{ATOM}}}id"), one.findtext(f"{{{ATOM}}}updated"))
        for name, one in (("before", before), ("after", after))
    }
    name = f"tag:vaxwatch.org,2022:alert/{fingerprint('cut')}"
    assert texts == {
        "before": (name, "2022-02-09T10:00:00Z"),
        "after": (name, "2022-02-10T10:00:00Z"),
    }
    content = after.findtext(f"{{{ATOM}}}content") or ""
    assert [line.split(":")[0] for line in content.splitlines()[1:]] == [
        "9 Feb 2022 09",
        "9 Feb 2022 09",
    ]
    feed = json.loads(bodies(store)["alerts/feed.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [(one["id"], one["date_modified"]) for one in feed["items"]] == [texts["after"]]
    assert feed["items"][0]["tags"][:2] == ["critical", "reverted"]


def test_the_history_of_an_alert_states_what_is_new_in_each_event() -> None:
    """Not the whole sentence again and again; of updates in a row the newest."""
    store = MemoryStore()
    text = "The dashboard showed the cut."
    append(store, alert_event("cut", sentence=text))
    append(store, alert_event("cut", "confirmed", sentence=f"{text} Confirmed: it is there."))
    for tests in range(5):
        append(store, alert_event("cut", "updated", sentence=f"It showed {tests}."))
    append(store, alert_event("cut", "escalated", sentence="It showed 9."))
    published(store)
    (entry,) = json.loads(bodies(store)["alerts/feed.json"])["items"]
    assert entry["content_text"].splitlines() == [
        "It showed 9.",
        "9 Feb 2022 09:00 UTC opened (critical): The dashboard showed the cut.",
        "9 Feb 2022 09:00 UTC confirmed (critical): Confirmed: it is there.",
        "9 Feb 2022 09:00 UTC updated after 4 more (critical): It showed 4.",
        "9 Feb 2022 09:00 UTC escalated (critical): It showed 9.",
    ]


def test_feeds_of_an_earlier_form_are_no_damage() -> None:
    """They are written again by the next run; a missing one is still found."""
    store = MemoryStore()
    append(store, alert_event("cut"))
    published(store)
    files = bodies(store)
    old = json.loads(files["alerts/feed.json"])
    del old["_vaxwatch"]["form"]
    old["items"][0]["content_text"] = "as it was written before"
    store.update("alerts/feed.json", lambda _: json.dumps(old).encode())
    store.update("alerts/feed.atom", lambda _: b"<feed/>")
    state = alert_state(store, (), NOW)
    assert [*feed_faults(store, state.entries, state.alerts)] == []
    published(store)
    assert bodies(store) == files


def test_open_alerts_are_a_table() -> None:
    """As in alerts.parquet; what has ended or is silenced is not there."""
    store = MemoryStore()
    append(store, alert_event("cut"), alert_event("undone"))
    append(store, alert_event("undone", "reverted"))
    published(store)
    rows = list(csv.DictReader(io.StringIO(bodies(store)["alerts/open.csv"].decode())))
    assert [(row["fingerprint"], row["iso3"], row["before"], row["after"]) for row in rows] == [
        (fingerprint("cut"), "PRK", "8115600", "1540800")
    ]


def test_feeds_are_the_same_bytes_while_nothing_changes() -> None:
    """And nothing is written then."""
    store = MemoryStore()
    append(store, alert_event("cut"))
    state = published(store)
    before = bodies(store)
    store.now = NOW
    assert publish_feeds(store, state.entries, state.alerts) == []
    refresh_feeds(store, (), NOW + DAY)
    assert bodies(store) == before
    assert store.written_at(NAMES[0]) != NOW


def test_a_newer_feed_is_never_replaced_by_an_older_one() -> None:
    """Whichever of two runs ends last."""
    store = MemoryStore()
    append(store, alert_event("cut"))
    old = alert_state(store, (), NOW)
    append(store, alert_event("fall"))
    published(store)
    newest = bodies(store)
    assert publish_feeds(store, old.entries, old.alerts) == []
    assert bodies(store) == newest


def test_a_newer_run_that_comes_in_between_wins() -> None:
    """Also where it comes after the older one has read what is there."""
    store = MemoryStore()
    append(store, alert_event("cut"))
    old = alert_state(store, (), NOW)
    append(store, alert_event("fall"))

    class Interrupted(MemoryStore):
        def get(self, key: str) -> Blob | None:
            """Read what is there; then a newer run publishes."""
            found = store.get(key)
            if key == NAMES[0] and not hasattr(self, "is_done"):
                self.is_done = True
                published(store)
            return found

        def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
            """Write what was read, if it is still there."""
            return store.put_if_match(key, body, etag)

    assert publish_feeds(Interrupted(), old.entries, old.alerts) == []
    assert json.loads(bodies(store)[NAMES[0]])["_vaxwatch"]["entries"] == 2
    assert list(feed_faults(store, **_state(store))) == []


def _state(store: Store) -> dict[str, Any]:
    state = alert_state(store, (), NOW)
    return {"entries": state.entries, "alerts": state.alerts}


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_or_missing_feed_is_found_and_made_again(name: str) -> None:
    """In a lake that has feeds; one without any has no fault."""
    store = MemoryStore()
    append(store, alert_event("cut"))
    assert list(feed_faults(store, **_state(store))) == []
    published(store)
    right = bodies(store)
    for spoil in (lambda: store.update(name, lambda _: b"{}"), lambda: store.delete(name)):
        spoil()
        assert name in list(feed_faults(store, **_state(store)))
        published(store)
        assert bodies(store) == right


@settings(max_examples=examples(40))
@given(sentence=TEXTS, iso3=TEXTS)
def test_any_text_gives_well_formed_feeds(sentence: str, iso3: str) -> None:
    """Control characters, marks of direction and halves of characters included."""
    store = MemoryStore()
    text = sentence.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    key = iso3.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    event = alert_event("cut", sentence=f"<It> & showed\x00\x0b]]> {text}", key={"iso3": key})
    append(store, event)
    published(store)
    assert len(entries(store)) == 1
    assert json.loads(bodies(store)[NAMES[0]])["items"]
    assert len(list(csv.reader(io.StringIO(bodies(store)[NAMES[2]].decode())))) == 2


def test_messages_that_were_given_up_are_an_entry() -> None:
    """A run without targets leaves it; the next delivery takes it out."""
    store = MemoryStore()
    append(store, alert_event("cut"))
    state = alert_state(store, (), NOW)
    problem = Problem(target="desk", count=2, since=NOW.isoformat())
    publish_feeds(store, state.entries, state.alerts, [problem])
    published(store)
    assert "2 message(s) to desk were given up" in bodies(store)["alerts/feed.atom"].decode()
    publish_feeds(store, state.entries, state.alerts, [])
    assert len(entries(store)) == 1


def test_hostile_names_and_addresses_are_harmless(store_of_hostile: MemoryStore) -> None:
    """Markup is text, marks that turn the writing are shown, an address is one of the web."""
    published(store_of_hostile)
    files = bodies(store_of_hostile)
    for body in files.values():
        assert not set(body.decode()) & set("\x1b\x00\x07\u202e\u2066\ufffe")
    (entry,) = entries(store_of_hostile)
    assert entry.find(f"{{{ATOM}}}link") is None
    assert "<script>" in (entry.findtext(f"{{{ATOM}}}content") or "")
    (listed,) = json.loads(files["alerts/feed.json"])["items"]
    assert "external_url" not in listed
    [row] = csv.DictReader(io.StringIO(files["alerts/open.csv"].decode()))
    assert row["iso3"] == "PRK"


@pytest.fixture
def store_of_hostile() -> MemoryStore:
    """Return a lake with an alert about a product with a hostile name."""
    name = '<script>x</script>&"\x1b[31m\x00\x07\u202e\u2066\ufffe' + "x" * 300 + "\n=cmd"
    store = MemoryStore()
    evidence = {"vintage": {"source_url": "javascript:alert(1)"}}
    key = {"iso3": "PRK", "product": name}
    append(store, alert_event("cut", key=key, sentence=f"It showed {name}.", evidence=evidence))
    return store
