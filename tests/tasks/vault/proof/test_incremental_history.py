"""Published files that are extended by new vintages equal files that are rebuilt from scratch."""

import os
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tasks.catalog.unparsable_keys import IS_HIDDEN, publish_unparsable_keys, unparsable_keys
from tasks.steps.publish import derive
from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.queries import all_cells
from tasks.vault.states import newest_state, working_state
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, draft, quarantine
from tests.tasks.vault.faults import Call, Disturbed
from tests.tasks.vault.proof.model import SnapshotModel
from tests.tasks.vault.proof.snapshots import part, whole
from tests.tasks.vault.test_derived_tables import published
from tests.tasks.vault.test_vault import AZ
from tests.thorough import quick, thorough

EXAMPLES = 1000 if os.environ.get("VAXWATCH_FUZZ") else quick(4, 12)
DERIVED = ("history", "changes", "vintages")


def drafts_of(snapshots: Sequence[SnapshotModel], *, has_scopes: bool) -> list[Draft]:
    """Return snapshots, an hour apart; those that cover some countries may have them as scope."""
    drafts = [one.draft(hour) for hour, one in enumerate(snapshots)]
    if not has_scopes:
        return drafts
    return [
        replace(one, snapshot=replace(one.snapshot, scope=tuple(snapshot.covers or ())))
        for one, snapshot in zip(drafts, snapshots, strict=True)
    ]


def stepped(drafts: Sequence[Draft]) -> MemoryStore:
    """Return a lake into which snapshots came one by one, each followed by all that is derived."""
    store = MemoryStore()
    for one in drafts:
        commit_snapshots(VaultReader(store, "s"), [one], at=NOW)
        vault = VaultReader(store, "s")
        publish_tables(vault, everything=True)
        publish_unparsable_keys(vault, ["doses"])
    return store


def check_alike(drafts: Sequence[Draft]) -> None:
    """Compare what was derived step by step with what is derived at once; states, too."""
    store, other = stepped(drafts), MemoryStore()
    scratch = VaultReader(other, "s")
    commit_snapshots(scratch, drafts, at=NOW)
    from_segments = all_cells(scratch, "doses")
    publish_tables(scratch)
    for name in DERIVED:
        assert_frame_equal(published(store, name), published(other, name))
    history = scratch.table_history("doses")
    unparsable = published(store, "unread")
    key = [*history.key, "unread_from", IS_HIDDEN]
    assert_frame_equal(
        unparsable.sort(key), unparsable_keys(scratch, history, known=None).sort(key)
    )
    vault = VaultReader(store, "s")
    assert verify_vault(vault, deep=True) == []
    from_history = all_cells(vault, "doses")
    if from_segments is None or from_history is None:
        assert from_segments is from_history
    else:
        assert_frame_equal(from_history, from_segments)
    state, replayed = (
        newest_state(vault, "doses"),
        working_state(vault, "doses", vault.vintages()[-1]),
    )
    assert_frame_equal(state.select(replayed.columns), replayed, check_dtypes=False)
    assert all(state[name].is_null().all() for name in {*state.columns} - {*replayed.columns})


@settings(max_examples=EXAMPLES)
@given(st.lists(whole(), min_size=2, max_size=6))
@example(
    [
        SnapshotModel(((AZ, 1),), index=1),
        SnapshotModel(()),
        SnapshotModel(((AZ, 1),)),
        SnapshotModel(((AZ, 1),), index=1),
    ]
)
def test_extended_whole_tables_equal_rebuilt_ones(snapshots: list[SnapshotModel]) -> None:
    """Rows that hide or come again, columns that come and go, types that change, other parsers."""
    check_alike(drafts_of(snapshots, has_scopes=False))


@settings(max_examples=EXAMPLES)
@given(snapshots=st.lists(part(), min_size=2, max_size=6), has_scopes=st.booleans())
def test_extended_parts_of_tables_equal_rebuilt_ones(
    snapshots: list[SnapshotModel], *, has_scopes: bool
) -> None:
    """Countries that come into scope, rows that a part hides, parts that other parsers read."""
    check_alike(drafts_of(snapshots, has_scopes=has_scopes))


@pytest.mark.parametrize("covers", [thorough(None), {"iso3": ["PRK"]}], ids=["whole", "part"])
def test_a_row_in_quarantine_makes_no_later_ingest_dearer(
    covers: dict[str, list[str]] | None,
) -> None:
    """The requests of the thirtieth are those of the fifth, rows that are hidden or not."""
    lake, asked = MemoryStore(), []
    for number in range(30):
        calls = Disturbed(lake, _nothing)
        is_read = number % 3 > 0
        one = draft(
            1 + number // 24,
            [(*AZ, number)] * is_read,
            hour=number % 24,
            covers=covers,
            quarantined=None if is_read else quarantine(AZ),
        )
        at = one.snapshot.retrieved_at
        vault = VaultReader(calls, "s")
        commit_snapshots(vault, [one], at=at)
        derive(calls, vault, at=at)
        asked.append(sum(call.is_done for call in calls.calls))
    assert max(asked[20:]) <= max(asked[4:10])


def _nothing(_call: Call) -> None: ...


@settings(max_examples=EXAMPLES)
@given(st.lists(whole(), min_size=3, max_size=6))
def test_the_newest_state_follows_from_a_history_that_lags(snapshots: list[SnapshotModel]) -> None:
    """A writer of a large table reads the history, and the segments that it lacks."""
    store = MemoryStore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.vault.table_publisher.SMALL_CHANGES", -1)
        patch.setattr("tasks.vault.table_publisher.PENDING_SHARE", 2)
        for one in drafts_of(snapshots, has_scopes=False):
            commit_snapshots(VaultReader(store, "s"), [one], at=NOW)
            publish_tables(VaultReader(store, "s"))
            vault = VaultReader(store, "s")
            replayed = working_state(vault, "doses", vault.vintages()[-1])
            state = newest_state(vault, "doses")
            assert_frame_equal(state.select(replayed.columns), replayed, check_dtypes=False)
