"""An addition after a withdrawal names the figure that was withdrawn."""

import io
from datetime import UTC, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import publish_tables
from tasks.vault.last_known import with_last_known
from tasks.vault.parquet_metadata import read_metadata, to_parquet
from tests.tasks.vault.conftest import draft
from tests.tasks.vault.test_vault import AZ, COVOVAX, vault_of
from tests.thorough import quick

FIGURES = st.sampled_from([None, 0, 2_000, 3_000])


def published(store: Store) -> pl.DataFrame:
    """Return the published changes."""
    blob = store.get("s/doses/changes.parquet")
    assert blob is not None
    return pl.read_parquet(io.BytesIO(blob.body))


def test_a_fall_across_a_blank_can_be_read() -> None:
    """3,000, then no row, then 2,000, then no figure, then 500."""
    store = MemoryStore()
    days = [3_000, None, 2_000, 2_000, None, 500]
    drafts = [
        draft(day, [(*COVOVAX, 7), *([(*AZ, doses)] if doses else [])])
        for day, doses in enumerate(days, start=1)
    ]
    publish_tables(vault_of(*drafts, store=store))
    seen = published(store).select("kind", "before", "after", "last_known", "last_known_until")
    assert seen.rows() == [
        ("withdrawn", 3_000, None, None, None),
        ("added", None, 2_000, 3_000, datetime(2022, 1, 2, tzinfo=UTC)),
        ("withdrawn", 2_000, None, None, None),
        ("added", None, 500, 2_000, datetime(2022, 1, 5, tzinfo=UTC)),
    ]


@settings(max_examples=quick(8, 100))
@given(st.lists(st.tuples(FIGURES, FIGURES), min_size=2, max_size=7))
def test_it_is_what_the_figure_was_when_it_was_seen_last(
    figures: list[tuple[int | None, int | None]],
) -> None:
    """Published after each vintage or once, the changes are the same, and as they were seen."""
    drafts = [
        draft(day, [(*key, doses) for key, doses in zip((AZ, COVOVAX), pair, strict=True)])
        for day, pair in enumerate(figures, start=1)
    ]
    step_by_step, once = MemoryStore(), MemoryStore()
    for one in drafts:
        publish_tables(vault_of(one, store=step_by_step))
    publish_tables(vault_of(*drafts, store=once))
    assert_frame_equal(published(step_by_step), published(once))
    seen: dict[str, float | None] = {}
    for row in published(once).iter_rows(named=True):
        wanted = seen.get(row["product"]) if row["kind"] == "added" else None
        assert row["last_known"] == wanted
        seen[row["product"]] = row["before"] if row["kind"] == "withdrawn" else None


def test_changes_of_the_form_before_are_replaced() -> None:
    """A lake of version 1 gets the columns with its next vintage, and loses nothing."""
    store = MemoryStore()
    vault = vault_of(draft(1, [(*AZ, 3)]), draft(2, [(*COVOVAX, 1)]), store=store)
    publish_tables(vault)
    for kind in ("history", "changes"):
        name = f"s/doses/{kind}.parquet"
        blob = store.get(name)
        assert blob is not None
        old = pl.read_parquet(io.BytesIO(blob.body)).drop(pl.selectors.starts_with("last_known"))
        own = read_metadata(blob.body) | {"form": "3"}
        body = to_parquet(old, own)
        store.update(name, lambda _, body=body: body)
    publish_tables(vault_of(draft(3, [(*AZ, 2), (*COVOVAX, 1)]), store=store))
    (added,) = published(store).filter(kind="added", product=AZ[1]).rows(named=True)
    assert (added["after"], added["last_known"]) == (2, 3)


def test_other_changes_have_none() -> None:
    """Without an addition there is nothing to look for."""
    revised = pl.DataFrame(
        {"as_of": [datetime(2022, 1, 1, tzinfo=UTC)], "iso3": "PRK", "column": "doses"}
    ).with_columns(before=pl.lit(1.0), kind=pl.lit("revised"))
    assert with_last_known(revised, ["iso3"], None)["last_known"].to_list() == [None]
