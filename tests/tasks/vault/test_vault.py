"""The vault of one source: snapshots are read back exactly, in any order of ingestion."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.counting import CountingStore
from schemas.errors import NothingKnownYet, SameTimeOtherBytes, UnknownName
from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots, commit_unchanged
from tasks.vault.derived_tables import publish_tables
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.queries import all_cells, difference, row_history
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, SCHEMA, draft, quarantine
from tests.thorough import one_in

AZ, COVOVAX = ("PRK", "AstraZeneca"), ("PRK", "Covovax")
LADDER = [
    draft(1, [(*AZ, 8_115_600)]),
    draft(2, [(*AZ, 1_288_800), (*COVOVAX, 252_000)]),
    draft(3, [(*AZ, 1_288_800)]),
    draft(4, [(*AZ, 1_288_800)]),
    draft(5, [(*AZ, 0)]),
]


def vault_of(*drafts: Draft, store: Store | None = None) -> VaultReader:
    """Return a vault into which drafts were committed one by one."""
    vault = VaultReader(store or MemoryStore(), "s")
    for one in drafts:
        commit_snapshots(vault, [one], at=NOW)
    return vault


def test_the_latest_state_takes_four_requests() -> None:
    """The hint, the entry behind it, the newest entry and `latest.parquet`, in a long history."""
    store = CountingStore(MemoryStore())
    vault = vault_of(*(draft(day, [(*AZ, day)]) for day in range(1, 29)), store=store)
    publish_tables(vault)
    store.since()
    fresh = VaultReader(store, "s")
    assert state_of(fresh, "doses", fresh.find("latest", "doses"))["doses"].to_list() == [28]
    assert store.since()["all"] == 4


def shown(vault: VaultReader, when: str) -> list[tuple[object, ...]]:
    """Return the rows known at a time."""
    return state_of(vault, "doses", vault.find(when)).rows()


def test_every_vintage_is_read_back_exactly(store: Store) -> None:
    """On every kind of store, as-of gives each snapshot's own rows."""
    vault = vault_of(*LADDER, store=store)
    for one, vintage in zip(LADDER, vault.vintages(), strict=True):
        assert_frame_equal(state_of(vault, "doses", vintage), one.tables["doses"].frame)


def test_a_new_process_reads_the_same(store: Store) -> None:
    """All there is to know is in the store."""
    vault_of(*LADDER, store=store)
    again = VaultReader(store, "s")
    assert [vintage.is_new for vintage in again.vintages()] == [True, True, True, False, True]
    assert shown(again, "2022-01-02") == [(*AZ, 1_288_800), (*COVOVAX, 252_000)]


@pytest.mark.parametrize("order", one_in(5, [(it,) for it in permutations(range(4))]))
def test_any_order_gives_the_same_vintages(order: tuple[int, ...]) -> None:
    """Vintages, states and segment names do not depend on the order of ingestion."""
    x, y = [(*AZ, 1)], [(*AZ, 2), (*COVOVAX, 3)]
    drafts = [draft(1, x), draft(2, y), draft(3, x), draft(4, x)]
    in_order = vault_of(*drafts).vintages()
    assert vault_of(*(drafts[position] for position in order)).vintages() == in_order


def test_a_batch_is_one_commit() -> None:
    """Many snapshots enter with one entry of the log, as they would one by one."""
    batch = VaultReader(MemoryStore(), "s")
    outcomes = commit_snapshots(batch, LADDER[::-1], at=NOW, kind="backfill")
    assert batch.head is not None
    assert batch.head.number == 1
    assert batch.vintages() == vault_of(*LADDER).vintages()
    assert [outcome.verdict for outcome in outcomes] == ["new", "unchanged", "new", "new", "new"]


def test_the_same_snapshot_again_changes_nothing() -> None:
    """A vintage that is there is known; no commit is written."""
    vault = vault_of(*LADDER)
    assert [outcome.verdict for outcome in commit_snapshots(vault, LADDER, at=NOW)] == ["known"] * 5
    assert vault.head is not None
    assert vault.head.number == 5


def test_other_bytes_for_the_same_instant_are_refused() -> None:
    """Two truths for one instant: nothing is changed, the sentence names both."""
    vault = vault_of(*LADDER)
    with pytest.raises(SameTimeOtherBytes, match="other bytes for the same instant"):
        commit_snapshots(vault, [draft(9, [(*AZ, 7)]), draft(2, [(*AZ, 7)])], at=NOW)
    assert len(vault.vintages()) == 5


def test_two_vintages_of_one_day_are_two() -> None:
    """Vintages differ by instant, never by date."""
    vault = vault_of(draft(1, [(*AZ, 1)], hour=8), draft(1, [(*AZ, 2)], hour=9))
    assert shown(vault, "2022-01-01T08:30Z") == [(*AZ, 1)]
    assert shown(vault, "2022-01-01") == [(*AZ, 2)]


def test_times_before_the_first_vintage_are_an_error() -> None:
    """Nothing was known then; the sentence names the first vintage."""
    vault = vault_of(*LADDER)
    with pytest.raises(NothingKnownYet, match="2022-01-01"):
        vault.find("2021-12-31")
    with pytest.raises(UnknownName, match="no vintage"):
        vault.find("20220101T000000Z-00000000")
    with pytest.raises(UnknownName, match=r"no dataset 's\.nothing'"):
        vault.table_history("nothing")
    assert vault.find(datetime(2022, 1, 3, 12, tzinfo=UTC)).as_of.day == 3


def test_a_quarantined_key_is_not_withdrawn() -> None:
    """A row that cannot be read is absent then, and compared with what was known before."""
    vault = vault_of(
        draft(1, [(*AZ, 100), (*COVOVAX, 5)]),
        draft(2, [(*COVOVAX, 5)], quarantined=quarantine(AZ)),
        draft(3, [(*AZ, 40), (*COVOVAX, 5)]),
    )
    first, second, third = vault.vintages()
    assert shown(vault, "2022-01-02") == [(*COVOVAX, 5)]
    assert [v.tables["doses"].deleted for v in vault.vintages()] == [0, 0, 0]
    assert [v.tables["doses"].updated for v in vault.vintages()] == [0, 0, 1]
    found = row_history(vault, "doses", {"product": "AstraZeneca"})
    assert found.select("id", "doses", "status").rows() == [
        (first.id, 100, "printed"),
        (second.id, None, "unreadable"),
        (third.id, 40, "printed"),
    ]
    assert difference(vault, "doses", first, second).is_empty()
    assert difference(vault, "doses", second, third).is_empty()
    assert difference(vault, "doses", first, third)["change"].to_list() == [-60.0]
    cells = all_cells(vault, "doses")
    assert cells is not None
    found = cells.filter(~pl.col("is_baseline")).select("seq", "before", "after", "kind")
    assert found.rows() == [(2, 100.0, 40.0, "revised")]
    assert quarantined_rows(vault).select("id", "column", "value").rows() == [
        (second.id, "Doses", "NaN")
    ]


@pytest.mark.parametrize("order", one_in(5, [(it,) for it in permutations(range(4))]))
def test_quarantine_is_order_independent(order: tuple[int, ...]) -> None:
    """A key that was unreadable between two vintages is hidden, whatever came first."""
    drafts = [
        draft(1, [(*AZ, 100)]),
        draft(2, [(*COVOVAX, 5)], quarantined=quarantine(AZ)),
        draft(3, [(*COVOVAX, 6)], quarantined=quarantine(AZ)),
        draft(4, [(*COVOVAX, 6)]),
    ]
    vault = vault_of(*(drafts[position] for position in order))
    assert vault.vintages() == vault_of(*drafts).vintages()
    last = vault.vintages()[-1]
    assert last.tables["doses"].deleted == 1
    assert difference(vault, "doses", vault.vintages()[0], last)["kind"].to_list() == [
        "withdrawn",
        "added",
    ]


def test_what_an_older_snapshot_hides_is_not_forgotten() -> None:
    """The newest state looks the same, but a row that could not be read is behind it now."""
    unparsable = draft(2, [], quarantined=quarantine(AZ))
    drafts = [draft(1, [(*AZ, 100)]), unparsable, draft(3, [])]
    store = MemoryStore()
    publish_tables(vault_of(unparsable, store=store))
    vault_of(drafts[0], store=store)
    vault = vault_of(drafts[2], store=store)
    assert vault.vintages() == vault_of(*drafts).vintages()
    assert vault.vintages()[-1].tables["doses"].deleted == 1


def test_a_slice_leaves_the_other_rows_alone() -> None:
    """A report of one week says nothing of other weeks."""
    week = {"product": ["week 1"]}, {"product": ["week 2"]}
    drafts = [
        draft(1, [("PRK", "week 1", 10), ("IND", "week 1", 99)], covers=week[0]),
        draft(2, [("PRK", "week 2", 20)], covers=week[1]),
        draft(3, [("PRK", "week 1", 11)], covers=week[0]),
    ]
    expected = [("PRK", "week 1", 11), ("PRK", "week 2", 20)]
    for order in permutations(drafts):
        vault = vault_of(*order)
        assert shown(vault, "latest") == expected
        assert vault.vintages() == vault_of(*drafts).vintages()


def test_countries_out_of_scope_are_not_compared() -> None:
    """A row that was never covered before is a beginning, not a change."""
    vault = vault_of(
        draft(1, [(*AZ, 100)], scope=("PRK",), covers={"iso3": ["PRK"]}),
        draft(2, [(*AZ, 90), ("KOR", "Pfizer", 7)]),
        draft(3, [(*AZ, 90)], scope=("PRK",), covers={"iso3": ["PRK"]}),
        draft(4, [(*AZ, 90)]),
    )
    first, second, third, fourth = vault.vintages()
    assert difference(vault, "doses", first, second)["iso3"].to_list() == ["PRK"]
    assert difference(vault, "doses", second, third).is_empty()
    assert difference(vault, "doses", third, fourth)["kind"].to_list() == ["withdrawn"]
    cells = all_cells(vault, "doses")
    assert cells is not None
    assert cells.select("seq", "iso3", "is_baseline").rows() == [
        (0, "PRK", True),
        (1, "KOR", True),
        (1, "PRK", False),
        (3, "KOR", False),
    ]


def wide(**columns: list[object]) -> pl.DataFrame:
    """Return a frame with one PRK row and further columns."""
    return pl.DataFrame({"iso3": ["PRK"], "product": ["AstraZeneca"], **columns})


@pytest.mark.parametrize(
    "orders", [slice(None, None, 20), pytest.param(slice(None), marks=pytest.mark.slow)]
)
def test_a_column_that_comes_and_goes_costs_nothing(orders: slice) -> None:
    """An absent column is neither nulled nor compared; its next value is compared with its last."""
    drafts = [
        draft(1, wide(doses=[5], index=[1])),
        draft(2, wide(doses=[5])),
        draft(3, wide(doses=[5], index=[1])),
        draft(4, wide(doses=[5])),
        draft(5, wide(doses=[5], index=[2])),
    ]
    vault = vault_of(*drafts)
    assert [vintage.is_new for vintage in vault.vintages()] == [True, False, False, False, True]
    for one, vintage in zip(drafts, vault.vintages(), strict=True):
        assert_frame_equal(state_of(vault, "doses", vintage), one.tables["doses"].frame)
    cells = all_cells(vault, "doses")
    assert cells is not None
    assert cells.filter(pl.col("seq") > 0).select("seq", "column", "change").rows() == [
        (4, "index", 1.0)
    ]
    for order in list(permutations(drafts))[orders]:
        assert vault_of(*order).vintages() == vault.vintages()


def test_types_are_those_of_the_vintage() -> None:
    """Whole numbers, fractions and texts come back as they were, past 2^53, too."""
    big = 2**53 + 1
    drafts = [
        draft(1, wide(doses=[big])),
        draft(2, wide(doses=[float(2**53)])),
        draft(3, wide(doses=[big])),
        draft(4, wide(doses=["many"])),
        draft(5, wide(doses=[None]).cast({"doses": pl.Int64})),
    ]
    for order in (drafts, drafts[::-1]):
        vault = vault_of(*order)
        for one, vintage in zip(drafts, vault.vintages(), strict=True):
            assert_frame_equal(state_of(vault, "doses", vintage), one.tables["doses"].frame)


def test_a_row_that_returns_is_a_new_row() -> None:
    """Deleted, then added again: both are recorded, and as-of knows the gap."""
    vault = vault_of(
        draft(1, [(*AZ, 1), (*COVOVAX, 2)]),
        draft(2, [(*AZ, 1)]),
        draft(3, LADDER[1].tables["doses"].frame),
    )
    history = row_history(vault, "doses", {"product": "Covovax"})
    assert history["doses"].to_list() == [2, None, 252_000]


def test_an_empty_snapshot_is_a_vintage() -> None:
    """A table without a row is a state like any other."""
    vault = vault_of(draft(1, [(*AZ, 1)]), draft(2, []), draft(3, [(*AZ, 1)]))
    assert shown(vault, "2022-01-02") == []
    assert vault.vintages()[1].tables["doses"].deleted == 1
    assert state_of(vault, "doses", vault.vintages()[1]).schema == SCHEMA


def test_history_refuses_a_column_that_is_no_key() -> None:
    """The sentence lists the key columns."""
    with pytest.raises(UnknownName, match="iso3, product"):
        row_history(vault_of(*LADDER), "doses", {"doses": "0"})


def test_held_vintages_are_seen_but_not_latest() -> None:
    """As-of knows a held vintage; latest waits."""
    vault = vault_of(draft(1, [(*AZ, 1)]), draft(2, [(*AZ, 2)], held=True))
    assert shown(vault, "2022-01-02") == [(*AZ, 2)]
    assert shown(vault, "latest") == [(*AZ, 1)]
    assert [v.held for v in vault.vintages()] == [False, True]


def observed(newest: Draft) -> tuple[VaultReader, VaultReader]:
    """Return the vault with `newest` and its bytes once more: read again, and merely observed."""
    read, seen = (vault_of(*LADDER[:2], newest) for _ in range(2))
    again = replace(newest, snapshot=replace(newest.snapshot, retrieved_at=NOW))
    commit_snapshots(read, [again], at=NOW)
    outcome = commit_unchanged(seen, again.snapshot, parser_version=1, at=NOW)
    assert outcome is not None
    assert outcome.verdict == "unchanged"
    return read, seen


@pytest.mark.parametrize(
    "newest",
    [
        LADDER[2],
        draft(3, [(*AZ, 5)], quarantined=quarantine(COVOVAX)),
        draft(3, [(*AZ, 5)], covers={"iso3": ["PRK"]}),
        draft(3, [(*AZ, 5)], scope=("PRK",)),
    ],
)
def test_the_same_bytes_observed_are_the_same_bytes_read(newest: Draft) -> None:
    """The vintage is equal in everything that it says and counts."""
    read, seen = observed(newest)
    assert seen.vintages() == read.vintages()
    assert publish_tables(seen) == publish_tables(read)
    assert verify_vault(seen, deep=True) == []


def test_other_bytes_or_another_parser_are_not_observed() -> None:
    """Then nothing is committed, and the snapshot is to be read."""
    vault = vault_of(*LADDER[:2])
    later = replace(LADDER[1].snapshot, retrieved_at=NOW)
    assert commit_unchanged(vault, later, parser_version=2, at=NOW) is None
    assert commit_unchanged(vault, replace(later, scope=("PRK",)), parser_version=1, at=NOW) is None
    assert commit_unchanged(vault, LADDER[1].snapshot, parser_version=1, at=NOW) is None
    other = replace(LADDER[0].snapshot, retrieved_at=NOW)
    assert commit_unchanged(vault, other, parser_version=1, at=NOW) is None
    held = vault_of(LADDER[0], replace(LADDER[1], held=True))
    assert commit_unchanged(held, later, parser_version=1, at=NOW) is None
    assert (
        commit_unchanged(VaultReader(MemoryStore(), "s"), later, parser_version=1, at=NOW) is None
    )
    assert len(vault.vintages()) == len(held.vintages()) == 2


OTHER = ("MMR", "AstraZeneca")
NAMELESS = quarantine(COVOVAX).with_columns(pl.lit(None, pl.String).alias("iso3"))


def withdrawn(*drafts: Draft) -> list[tuple[object, ...]]:
    """Return the keys that the last of some vintages has withdrawn; SQL says the same."""
    vault = vault_of(*drafts)
    before, after = vault.vintages()[-2:]
    gone = (
        difference(vault, "doses", before, after).filter(kind="withdrawn").select("iso3", "product")
    )
    assert verify_vault(vault, deep=True)[len(verify_vault(vault)) :] == []
    return gone.rows()


def test_a_row_whose_country_cannot_be_read_is_withdrawn_by_nobody() -> None:
    """It may be the one that is missing: same product, and as many are missing as unreadable."""
    first = draft(1, [(*AZ, 1), (*COVOVAX, 2), (*OTHER, 3)])
    assert withdrawn(first, draft(2, [(*AZ, 1), (*OTHER, 3)], quarantined=NAMELESS)) == []
    assert withdrawn(first, draft(2, [(*COVOVAX, 2), (*OTHER, 3)], quarantined=NAMELESS)) == [AZ]
    assert withdrawn(first, draft(2, [(*AZ, 1), (*OTHER, 3)])) == [COVOVAX]
    nothing = NAMELESS.with_columns(pl.lit(None, pl.String).alias("product"))
    assert withdrawn(first, draft(2, [(*AZ, 1), (*OTHER, 3)], quarantined=nothing)) == []
    assert withdrawn(first, draft(2, [(*AZ, 1)], quarantined=nothing)) == [OTHER, COVOVAX]


def test_a_row_that_can_be_read_again_was_never_gone() -> None:
    """And one that stays away when all rows can be read is withdrawn then."""
    first, unparsable = (
        draft(1, [(*AZ, 1), (*COVOVAX, 2)]),
        draft(2, [(*AZ, 1)], quarantined=NAMELESS),
    )
    assert withdrawn(first, unparsable, draft(3, [(*AZ, 1), (*COVOVAX, 2)])) == []
    vault = vault_of(first, unparsable, draft(3, [(*AZ, 1)]))
    assert [v.tables["doses"].deleted for v in vault.vintages()] == [0, 0, 1]
