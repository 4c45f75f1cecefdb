"""A row that is gone has a class, a row that stands was seen or not: the same in every order."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.own_hash import HASH, encode
from tasks.vault.parquet_metadata import to_parquet
from tasks.vault.queries import all_versions, difference, row_history
from tasks.vault.rewrite import rebuild_vault
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, draft, quarantine
from tests.tasks.vault.test_derived_tables import published
from tests.tasks.vault.test_vault import AZ, COVOVAX, vault_of
from tests.thorough import one_in, quick

OTHER, RENAMED = ("MMR", "AstraZeneca"), ("PRK", "AstraZeneca (SII)")
FOUND = ["iso3", "product", "gone"]


def gone(*drafts: Draft) -> list[tuple[Any, ...]]:
    """Return key and class of the rows that went with the last vintage; all sources of it agree."""
    store = MemoryStore()
    vault = vault_of(*drafts, store=store)
    publish_tables(vault)
    a, b = vault.vintages()[-2:]
    found = difference(vault, "doses", a, b)
    went = found.filter(pl.col("gone").is_not_null()).select(FOUND).unique().sort(FOUND)
    changed = published(store, "changes").filter(id=b.id)
    assert_frame_equal(changed.select(found.columns), found)
    ended = all_versions(vault, "doses").collect().filter(valid_to=b.as_of).drop_nulls("gone")
    assert_frame_equal(ended.select(FOUND).sort(FOUND), went)
    return went.rows()


def test_what_the_publisher_takes_away_was_removed() -> None:
    """Nothing else explains it."""
    rows = [(*AZ, 5), (*OTHER, 6)]
    assert gone(draft(1, rows), draft(2, rows[:1])) == [(*OTHER, "source_removed")]


def test_a_row_that_stood_at_zero_was_not_renamed() -> None:
    """Many rows stand at zero: that another one does says nothing."""
    first = draft(1, [(*AZ, 0), (*OTHER, 6)])
    assert gone(first, draft(2, [(*RENAMED, 0), (*OTHER, 6)])) == [(*AZ, "source_removed")]


def test_a_row_with_the_same_figures_and_another_text_was_renamed() -> None:
    """The only one that appears beside the only one that goes, in the same country."""
    first = draft(1, [(*AZ, 5), (*OTHER, 6)])
    assert gone(first, draft(2, [(*RENAMED, 5), (*OTHER, 6)])) == [(*AZ, "renamed")]
    for rows in (
        [(*RENAMED, 4), (*OTHER, 6)],
        [(*RENAMED, 5), (*COVOVAX, 5), (*OTHER, 6)],
        [("KOR", "AstraZeneca", 5), (*OTHER, 6)],
        [(*OTHER, 5)],
    ):
        assert gone(first, draft(2, rows)) == [(*AZ, "source_removed")]


def test_rows_with_the_same_figures_are_not_renamed() -> None:
    """Two rows with one figure go and one comes: nobody knows which; null is no figure."""
    twice = draft(1, [(*AZ, 5), (*COVOVAX, 5)])
    assert gone(twice, draft(2, [(*RENAMED, 5)])) == [
        (*AZ, "source_removed"),
        (*COVOVAX, "source_removed"),
    ]
    vault = vault_of(draft(1, [(*AZ, None)]), draft(2, [(*RENAMED, None)]))
    versions = all_versions(vault, "doses").collect()
    assert versions["gone"].to_list() == ["source_removed", None]


def test_a_row_that_was_there_before_is_no_new_name() -> None:
    """A row that comes to the same figure is another row; one that comes back may be the name."""
    first = draft(1, [(*AZ, 5), (*RENAMED, 4)])
    assert gone(first, draft(2, [(*RENAMED, 5)])) == [(*AZ, "source_removed")]
    assert gone(first, draft(2, [(*AZ, 5)]), draft(3, [(*RENAMED, 5)])) == [(*AZ, "renamed")]


def wide(day: int, rows: Sequence[tuple[Any, ...]], *names: str, **table: Any) -> Draft:
    """Return a snapshot with figures of its own."""
    frame = pl.DataFrame(rows, schema=["iso3", "product", *names], orient="row")
    return draft(day, frame, **table)


def test_a_name_is_compared_by_the_figures_that_its_vintage_has() -> None:
    """A column that this vintage lacks says nothing for or against."""
    first = wide(1, [(*AZ, 5, 7), (*OTHER, 6, 8)], "doses", "index")
    second = wide(2, [(*RENAMED, 5), (*OTHER, 6)], "doses")
    assert difference(
        vault_of(first, second), "doses", *vault_of(first, second).vintages()
    ).drop_nulls("gone").select(FOUND).rows() == [(*AZ, "renamed")]


def test_a_row_below_what_its_publisher_prints_was_hidden() -> None:
    """Its last figures count, of those that have a threshold; one that is above speaks against."""
    rows = [(*AZ, 4, 90), (*COVOVAX, None, 1), (*OTHER, 5, 1)]
    names = "doses", "people"
    least = {"doses": 5, "nothing": 9}
    none: list[tuple[Any, ...]] = [("KOR", "x", 1, 1)]
    before = wide(1, [*rows, *none], *names)
    assert gone(before, wide(2, none, *names, hides_below=least)) == [
        (*OTHER, "source_removed"),
        (*AZ, "below_threshold"),
        (*COVOVAX, "source_removed"),
    ]
    both = {"doses": 5, "people": 2}
    assert gone(before, wide(2, none, *names, hides_below=both)) == [
        (*OTHER, "source_removed"),
        (*AZ, "source_removed"),
        (*COVOVAX, "below_threshold"),
    ]


def test_what_another_parser_does_not_read_is_our_doing() -> None:
    """Only in the vintage in which the parser changed, whatever else explains it."""
    first, second = draft(1, [(*AZ, 5), (*OTHER, 6)]), draft(2, [(*RENAMED, 5), (*OTHER, 6)])
    newer = [replace(one, parser_version=2) for one in (second, draft(3, [(*RENAMED, 5)]))]
    assert gone(first, newer[0]) == [(*AZ, "our_parser")]
    assert gone(first, *newer) == [(*OTHER, "source_removed")]


def test_of_reports_on_parts_those_on_the_same_part_are_compared() -> None:
    """That another part was read by the new parser before does not excuse this one."""

    def week(day: int, product: str, *countries: str, parser: int = 1) -> Draft:
        rows = [(iso3, product, 1) for iso3 in countries]
        return replace(draft(day, rows, covers={"product": [product]}), parser_version=parser)

    drafts = [
        week(1, "one", "KOR", "PRK"),
        week(2, "two", "KOR"),
        week(3, "two", "KOR", parser=2),
        week(4, "one", "KOR", parser=2),
    ]
    assert gone(*drafts) == [("PRK", "one", "our_parser")]


def test_a_row_that_could_not_be_read_went_when_it_was_missed() -> None:
    """Its version ended before; its class comes with the deletion, and is null before."""
    rows = [(*AZ, 5), (*OTHER, 6)]
    drafts = [
        draft(1, rows),
        draft(2, rows[1:], quarantined=quarantine(AZ)),
        draft(3, rows[1:]),
        draft(4, rows),
    ]
    vault = vault_of(*drafts[:2])
    assert all_versions(vault, "doses").collect()["gone"].to_list() == [None, None]
    vault = vault_of(*drafts)
    publish_tables(vault)
    versions = all_versions(vault, "doses").collect().filter(iso3="PRK")
    first, second, third, _ = vault.vintages()
    assert versions.select("valid_from", "valid_to", "gone").rows()[0] == (
        first.as_of,
        second.as_of,
        "source_removed",
    )
    assert difference(vault, "doses", first, third)["gone"].to_list() == ["source_removed"]
    assert difference(vault, "doses", first, second)["gone"].to_list() == []
    assert difference(vault, "doses", third, first)["gone"].to_list() == [None]


EVENTS = [
    draft(1, [(*AZ, 5), (*OTHER, 3), ("KOR", "x", 9)]),
    draft(2, [(*RENAMED, 5), (*OTHER, 3), ("KOR", "x", 9)]),
    draft(3, [(*RENAMED, 5), ("KOR", "x", 9)], hides_below={"doses": 5}),
    replace(draft(4, [(*RENAMED, 5)]), parser_version=2),
    replace(draft(5, [(*RENAMED, 6), (*AZ, 5)]), parser_version=2),
    replace(draft(6, [(*RENAMED, 6)]), parser_version=2),
]
CLASSES = ["renamed", "below_threshold", "our_parser", "source_removed"]


@pytest.mark.parametrize("order", one_in(4, [(it,) for it in [*permutations(range(6), 6)][::37]]))
def test_any_order_gives_the_same_tombstones(order: tuple[int, ...]) -> None:
    """Published after every commit, after the last one, compacted, rebuilt: the same bytes."""
    store = MemoryStore()
    for place in order:
        vault = vault_of(EVENTS[place], store=store)
        publish_tables(vault)
    other = MemoryStore()
    at_once = VaultReader(other, "s")
    commit_snapshots(at_once, EVENTS, at=NOW)
    publish_tables(at_once)
    for name in ("history", "changes", "vintages"):
        assert_frame_equal(published(store, name), published(other, name))
    found = published(store, "changes").drop_nulls("gone").sort("as_of")
    assert found["gone"].to_list() == CLASSES
    vault = VaultReader(store, "s")
    compact_vault(vault, at=NOW)
    assert_frame_equal(published(store, "changes").drop_nulls("gone"), found)
    rebuild_vault(vault, lambda: [replace(one, parser_version=2) for one in EVENTS], at=NOW)
    publish_tables(vault)
    again = published(store, "changes").drop_nulls("gone")["gone"].to_list()
    assert again == ["renamed", "below_threshold", "source_removed", "source_removed"]
    assert verify_vault(vault, deep=True) == []


def test_what_stands_was_seen_or_not() -> None:
    """Of every vintage: printed, of these unchanged; standing though not printed; hidden."""
    drafts = [
        draft(1, [("PRK", "one", 1), ("KOR", "one", 2)], covers={"product": ["one"]}),
        draft(2, [("PRK", "two", 3)], covers={"product": ["two"]}),
        draft(
            3,
            [("PRK", "one", 1)],
            covers={"product": ["one"]},
            quarantined=quarantine(("KOR", "one")),
        ),
        draft(4, [("PRK", "two", 3), ("PRK", "one", 5)]),
    ]
    counts = ("rows", "seen", "unchanged", "unseen", "hidden")
    expected = [(2, 2, 0, 0, 0), (3, 1, 0, 2, 0), (2, 1, 1, 1, 1), (2, 2, 1, 0, 0)]
    for order in [*permutations(drafts)][:: quick(5, 1)]:
        store = MemoryStore()
        publish_tables(vault_of(*order, store=store))
        listed = published(store, "vintages").select(counts).rows()
        assert listed == expected


def test_history_has_the_instant_a_version_was_last_seen() -> None:
    """Seen again unchanged, not seen, gone and unreadable are four different things."""
    drafts = [
        draft(1, [("PRK", "one", 1)], covers={"product": ["one"]}),
        draft(2, [("PRK", "two", 3)], covers={"product": ["two"]}),
        draft(3, [("PRK", "one", 1)], covers={"product": ["one"]}),
        draft(4, [("PRK", "two", 3)], covers={"product": ["two"]}),
        draft(5, [], covers={"product": ["one"]}, quarantined=quarantine(("PRK", "one"))),
        draft(6, [], covers={"product": ["one"]}),
    ]
    found = row_history(vault_of(*drafts), "doses", {"product": "one"})
    assert found.select("doses", "status", "gone", "seen", "unseen").rows() == [
        (1, "printed", None, 2, 2),
        (None, "unreadable", None, None, None),
        (None, "gone", "source_removed", None, None),
    ]
    third = datetime(2022, 1, 3, tzinfo=UTC)
    assert found["last_seen"].to_list() == [third, None, None]
    whole = vault_of(draft(1, [(*AZ, 1)]), draft(2, [(*AZ, 1)]), draft(3, [(*AZ, 2)]))
    found = row_history(whole, "doses", {"iso3": "PRK"})
    assert found.select("seen", "unseen").rows() == [(2, 0), (1, 0)]
    assert [at.day for at in found["last_seen"]] == [2, 3]


def aged(store: MemoryStore) -> MemoryStore:
    """Return a lake as an earlier version left it, which recorded none of this."""
    old = MemoryStore()
    parent = None
    for key in store.list(""):
        blob = store.get(key)
        assert blob is not None
        body = blob.body
        if "/log/" in key:
            document = json.loads(body)
            for vintage in document["tail"]["vintages"]:
                for entry in vintage["tables"].values():
                    entry.pop("seen", None)
            document |= {"parent_sha256": parent, "format": 1}
            del document[HASH]
            body = encode(document)
            parent = sha256(body).hexdigest()
        elif key.endswith(("history.parquet", "changes.parquet", "vintages.parquet")):
            shown = VaultReader(store, "s").published("doses", key.split("/")[-1].split(".")[0])
            frame = shown.frame().drop("gone", *COUNTS, strict=False)
            later = {"form", "own", "layout", "declares"}
            metadata = {name: fact for name, fact in shown.metadata.items() if name not in later}
            body = to_parquet(frame, metadata)
        old.put_if_absent(key, body)
    return old


COUNTS = ("seen", "unchanged", "unseen", "hidden")


def test_a_writer_that_died_between_two_forms_leaves_nothing_behind() -> None:
    """History is in the form of today, changes are not yet: both are rebuilt."""
    store = MemoryStore()
    publish_tables(vault_of(*EVENTS, store=store))
    old = aged(store)
    there, now = old.get("s/doses/history.parquet"), store.get("s/doses/history.parquet")
    assert there is not None
    assert now is not None
    old.put_if_match("s/doses/history.parquet", now.body, there.etag)
    publish_tables(VaultReader(old, "s"))
    for name in ("history", "changes", "vintages"):
        assert_frame_equal(published(old, name), published(store, name))


PARTS = [
    draft(1, [("PRK", "one", 1), ("KOR", "one", 2)], covers={"product": ["one"]}),
    draft(2, [("PRK", "two", 3)], covers={"product": ["two"]}),
    draft(3, [("PRK", "one", 1)], covers={"product": ["one"]}),
    draft(4, [("PRK", "two", 4)], covers={"product": ["two"]}),
]


@pytest.mark.parametrize(("drafts", "known"), [(EVENTS, True), (PARTS, False)])
def test_a_lake_of_an_earlier_version_goes_on(drafts: list[Draft], *, known: bool) -> None:
    """It is read as it is and sound; what was not recorded is null; publishing makes the rest."""
    store = MemoryStore()
    publish_tables(vault_of(*drafts[:-1], store=store))
    old = aged(store)
    vault = VaultReader(old, "s")
    assert verify_vault(vault, deep=True) == []
    first, *_, last = vault.vintages()
    fresh = difference(VaultReader(store, "s"), "doses", first, last)
    assert_frame_equal(difference(vault, "doses", first, last), fresh)
    assert "gone" in all_versions(vault, "doses").collect_schema()
    publish_tables(vault_of(drafts[-1], store=store))
    commit_snapshots(vault, drafts[-1:], at=NOW)
    publish_tables(vault)
    assert verify_vault(vault, deep=True) == []
    for name in ("latest", "history", "changes"):
        assert_frame_equal(published(old, name), published(store, name))
    listed, expected = published(old, "vintages"), published(store, "vintages")
    if known:
        assert_frame_equal(listed, expected)
    else:
        assert listed["seen"].to_list() == [None, None, None, 1]
        assert expected["seen"].to_list() == [2, 1, 1, 1]
        assert_frame_equal(listed.drop(COUNTS), expected.drop(COUNTS))
