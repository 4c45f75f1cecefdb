"""Figures of months and years at the accepted versions that show them first."""

from datetime import date
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from tasks.marts.lake_table import LakeTable
from tasks.marts.published_inputs import lake_table
from tasks.site.periods import period_rows as module
from tasks.site.periods.period_lines import drawn_count, period_counts, period_line
from tasks.site.periods.period_rows import PERIOD_TABLES, period_rows
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tests.published import BEGIN, WEEK, publish
from tests.tasks.site.country.country_lakes import content_of, rows

Cell = tuple[int, float | None]


def covered(*cells: Cell, antigen: str = "DTP3", iso3: str = "UGA") -> pl.DataFrame:
    """Return the coverage of a country: year, share."""
    return rows("coverage", [(iso3, antigen, *one) for one in cells], "coverage_share")


def lake(*versions: pl.DataFrame, held: frozenset[int] = frozenset()) -> MemoryStore:
    """Return a lake with versions of coverage, a week apart, of which some are held."""
    store = MemoryStore()
    for week, frame in enumerate(versions):
        publish(store, "unicef_wuenic", "coverage", frame, week=week, held=week in held)
    return store


def shown(store: MemoryStore) -> list[tuple[int, int, float | None]]:
    """Return year, week of the version, and figure of each row."""
    found = content_of(store).periods
    pairs = found.select("observed_on", "as_of", "figure").iter_rows()
    return [(on.year, (at - BEGIN).days // 7, value) for on, at, value in pairs]


def test_a_figure_has_a_row_where_a_version_shows_another_one() -> None:
    """A new year, a revision, a figure that is gone, and one that comes back."""
    store = lake(
        covered((2019, 0.8), (2020, None)),
        covered((2019, 0.8), (2020, 0.7)),
        covered((2020, 0.6)),
        covered((2019, 0.8), (2020, 0.6)),
    )
    first = [(2019, 0, 0.8), (2019, 2, None), (2019, 3, 0.8)]
    assert shown(store) == [*first, (2020, 1, 0.7), (2020, 2, 0.6)]


def test_what_a_held_version_shows_counts_from_the_next_accepted_one_that_shows_it() -> None:
    """What that takes back was never shown."""
    one, other = covered((2019, 0.8), (2020, 0.7)), covered((2019, 0.5), (2020, 0.7))
    assert shown(lake(one, other, one, held=frozenset({1}))) == shown(lake(one))
    kept = shown(lake(one, other, other, held=frozenset({1})))
    assert kept == [(2019, 0, 0.8), (2019, 2, 0.5), (2020, 0, 0.7)]
    assert shown(lake(one, other, held=frozenset({1}))) == shown(lake(one))
    assert shown(lake(one, held=frozenset({0}))) == []


def test_whole_numbers_are_exact() -> None:
    """Beyond what a float holds; a share has none."""
    store, large = MemoryStore(), 2**53 + 1
    cells = [("UGA", "unspecified", "COVAX", date(2022, 1, 1), large)]
    frame = rows("deliveries_monthly", cells, "doses_delivered_new")
    publish(store, "unicef_market", "deliveries_monthly", frame, week=0)
    publish(store, "unicef_wuenic", "coverage", covered((2020, 0.5)), week=0)
    assert content_of(store).periods["whole"].to_list() == [large, None]


def test_a_history_that_lags_behind_is_completed_by_the_newest_version() -> None:
    """A large table's history is complete at a compaction only."""
    store = lake(covered((2020, 0.7)), covered((2020, 0.6), (2021, 0.5)))
    whole = content_of(store).periods
    table = lake_table(store, "unicef_wuenic", "coverage")

    def lagging(kind: str) -> tuple[pl.DataFrame, Any]:
        frame, metadata = table.read(kind)
        if kind != "history":
            return frame, metadata
        first = frame.filter(pl.col("valid_from") < BEGIN + WEEK)
        ends = pl.lit(None, first.schema["valid_to"]).alias("valid_to")
        return first.with_columns(ends), {**metadata, "upto": BEGIN.isoformat()}

    made = LakeTable(source=table.source, table=table.table, key=table.key, read=lagging)
    accepted = pl.DataFrame({"shown_at": [BEGIN, BEGIN + WEEK]}).cast(module.INSTANT)
    found = pl.concat(module._figures(made, accepted)).sort("observed_on", "as_of")
    assert_frame_equal(found, whole)


def test_the_figure_that_is_drawn_was_revised_most() -> None:
    """Unless another one is wanted; one year alone is no line."""
    first = pl.concat(
        [
            covered((2019, 0.8), (2020, 0.7), antigen="MCV1"),
            covered((2019, 0.8), (2020, 0.7), (2021, None), antigen="DTP3"),
            covered((2019, 0.8), antigen="BCG"),
        ]
    )
    later = first.with_columns(
        pl.when(antigen="MCV1", year=2019)
        .then(0.3)
        .otherwise("coverage_share")
        .alias("coverage_share")
    )
    content: SiteContent = content_of(lake(first, later))
    counts = period_counts(content.periods)["UGA"]
    assert [(one.part, one.periods, one.revised) for one in counts] == [
        ("DTP3", 2, 0),
        ("MCV1", 2, 1),
    ]
    chosen = drawn_count(counts, None)
    assert chosen is not None
    line = period_line(content.periods, chosen)
    [change] = line.last_changes
    assert (line.part, change.on.year, change.before, change.after) == ("MCV1", 2019, 0.8, 0.3)
    assert [one.earlier for one in line.periods] == [[0.8], []]
    wanted = drawn_count(counts, ("coverage_share", "DTP3"))
    assert wanted is not None
    assert wanted.part == "DTP3"
    assert drawn_count([], None) is None


def test_every_declared_table_of_months_and_years_is_read() -> None:
    """By its key alone; an empty lake has no row."""
    assert {"coverage", "population", "deliveries_monthly"} == PERIOD_TABLES
    store = MemoryStore()
    vault = VaultReader(store, "unicef_wuenic")
    assert period_rows(store, {}).is_empty()
    assert period_rows(store, {"unicef_wuenic": vault}).is_empty()
