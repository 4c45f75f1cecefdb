"""Columns that are published and not compared: no row version, no change, in any order."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import collect_garbage
from tasks.vault.queries import all_versions, difference
from tasks.vault.segments import Covers
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, draft, quarantine
from tests.thorough import quick

LATER = datetime(2100, 1, 1, tzinfo=UTC)
FIGURES = {1: 10, 2: 10, 3: 20, 4: 10, 5: 10}
"""Doses of one row by day."""


def printed(day: int, covers: Covers | None = None, *, is_unparsable: bool = False) -> Draft:
    """Return a snapshot of a day whose rows say when they were printed."""
    rows = [("KOR", "A", 7), *([] if is_unparsable else [("PRK", "A", FIGURES[day])])]
    if covers:
        rows = [row for row in rows if row[0] in covers["iso3"]]
    bad = quarantine(("PRK", "A")) if is_unparsable else None
    one = draft(day, rows, covers=covers, quarantined=bad)
    table = one.tables["doses"]
    frame = table.frame.with_columns(pl.lit(date(2022, 3, day)).alias("printed_on"))
    table = replace(table, frame=frame, not_compared=("printed_on",))
    return replace(one, tables={"doses": table})


def committed(*drafts: Draft) -> VaultReader:
    """Return a published vault into which drafts came one by one."""
    vault = VaultReader(MemoryStore(), "s")
    for one in drafts:
        commit_snapshots(vault, [one], at=NOW)
        publish_tables(vault)
    return vault


def test_only_another_figure_makes_a_version_and_a_change() -> None:
    """The value that a version began with stands until something else changes."""
    vault = committed(*map(printed, FIGURES))
    history = all_versions(vault, "doses").collect().filter(iso3="PRK")
    days = [date(2022, 3, day) for day in (1, 3, 4)]
    assert history.select("doses", "printed_on").rows() == [*zip((10, 20, 10), days, strict=True)]
    assert [vintage.is_new for vintage in vault.vintages()] == [True, False, True, True, False]
    changes = vault.published("doses", "changes").frame()
    assert changes.select("column", "before", "after").rows() == [
        ("doses", 10.0, 20.0),
        ("doses", 20.0, 10.0),
    ]
    first, last = vault.find("2022-03-01"), vault.find("latest")
    assert difference(vault, "doses", first, last).is_empty()
    assert verify_vault(vault, deep=True) == []


@pytest.mark.parametrize(
    "covers", [[None], [{"iso3": ["PRK"]}, {"iso3": ["KOR", "PRK"]}]], ids=["whole", "slices"]
)
def test_any_order_of_ingestion_ends_in_the_same_lake(covers: list[Covers | None]) -> None:
    """A vintage that comes late finds what the later ones had printed."""
    drafts = [
        printed(day, covers[day % len(covers)], is_unparsable=day == 3 and len(covers) == 1)
        for day in (1, 2, 3, 4)
    ]
    in_order = committed(*drafts)
    for order in [*itertools.permutations(drafts)][:: quick(5, 1)]:
        vault = committed(*order)
        assert [v.tables for v in vault.vintages()] == [v.tables for v in in_order.vintages()]
        for kind in ("latest", "history", "changes"):
            here, there = (v.published("doses", kind).frame() for v in (vault, in_order))
            assert_frame_equal(here, there)
        assert verify_vault(vault, deep=True) == []


def test_what_was_printed_outlives_garbage_collection_and_compaction() -> None:
    """A vintage that comes late, after both, still finds it."""
    late, *others = map(printed, (3, 1, 2, 4, 5))
    vault = committed(*others)
    compact_vault(vault, at=NOW)
    collect_garbage(vault, at=LATER, dry_run=False)
    commit_snapshots(vault, [late], at=NOW)
    publish_tables(vault)
    assert verify_vault(vault, deep=True) == []
    in_order = committed(*map(printed, FIGURES))
    states = [[v.tables["doses"].state for v in one.vintages()] for one in (vault, in_order)]
    assert states[0] == states[1]
