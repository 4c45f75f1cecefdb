from dataclasses import replace

import polars as pl
import pytest

from schemas.expectations.expectation import WINDOW
from schemas.expectations.tables import SUITES
from tasks.quality.measurements import Measurements, measure_table
from tasks.quality.metrics import METRICS
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.vault_reader import VaultReader
from tests.published import BEGIN, NOW, WEEK, allocations, cases, draft, publish

SOURCE = "unicef_market"


def measurements(
    store: MemoryStore, source: str = SOURCE, table: str = "allocations"
) -> Measurements:
    """Return the facts of a table that has been published."""
    found = measure_table(VaultReader(store, source), table, SUITES[table])
    assert found is not None
    return found


def last(found: Measurements, *names: str) -> list[float | None]:
    """Return what was measured on the judged vintage."""
    return [found.latest(name) for name in names]


def test_every_fact_can_be_measured() -> None:
    """A suite asks for nothing that nobody knows how to measure."""
    assert {it.fact for suite in SUITES.values() for it in suite.expectations} == set(METRICS)


def test_what_came_of_the_vintage_before_is_counted() -> None:
    """Rows and figures gone, figures changed, and how they moved."""
    store = MemoryStore()
    publish(
        store,
        SOURCE,
        "allocations",
        allocations({"AAA": 100, "BBB": 100, "CCC": 100, "DDD": None, "EEE": 0}),
        week=0,
    )
    publish(
        store,
        SOURCE,
        "allocations",
        allocations({"AAA": 150, "BBB": None, "DDD": 7, "EEE": 5, "FFF": 1}),
        week=1,
    )
    found = measurements(store)
    assert last(found, "rows", "countries", "countries_gone", "keys_gone") == [5, 5, 1, 1 / 5]
    assert last(found, "figures_withdrawn", "figures_changed") == [2 / 4, 2 / 4]
    assert last(found, "total_doses_allocated", "total_doses_announced") == [163, None]
    assert last(found, "gap") == [7]
    assert found.gone == {"CCC": BEGIN}
    assert found.frame["keys_gone"][0] is None


def test_a_change_distribution_needs_enough_figures() -> None:
    """The median with its sign, and the most of 19 in 20 either way; 19 are too few."""
    names = [f"A{letter}{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
    row_changes = [50, *([90] * 16), 110, 160, 900]
    for changed, seen in ((20, [-0.1, 0.6]), (19, [None, None])):
        store = MemoryStore()
        before: dict[str, int | None] = dict.fromkeys(names, 100)
        after = before | dict(zip(names[:changed], row_changes, strict=False))
        for week, doses in enumerate((before, after)):
            publish(store, SOURCE, "allocations", allocations(doses), week=week)
        assert last(measurements(store), "change_median", "change_large") == seen


def test_whoever_was_there_of_late_is_missed() -> None:
    """Not only the vintage before counts."""
    store = MemoryStore()
    for week, named in enumerate(("AAA BBB", "AAA", "AAA CCC")):
        doses: dict[str, int | None] = dict.fromkeys(named.split(), week)
        publish(store, SOURCE, "allocations", allocations(doses), week=week)
    assert measurements(store).gone == {"BBB": BEGIN}
    assert measurements(store).latest("keys_gone") == 0


def test_a_row_in_quarantine_is_not_gone() -> None:
    """What could not be read is not compared."""
    store, table = MemoryStore(), allocations({"AAA": 1, "BBB": 2})
    publish(store, SOURCE, "allocations", table, week=0)
    publish(store, SOURCE, "allocations", table, week=1, quarantined=["BBB"])
    found = measurements(store)
    assert found.gone == {}
    assert last(found, "rows", "keys_gone", "figures_withdrawn") == [1, 0, 0]


def test_what_is_new_is_of_another_time_where_there_are_no_days() -> None:
    """New cases of today are no correction of yesterday's; the total is."""
    store, names = MemoryStore(), [f"A{a}{b}" for a in "ABCDE" for b in "ABCD"]
    for week, (new, whole) in enumerate([(10, 100), (90, 110)]):
        table = pl.DataFrame({"iso3": names}).with_columns(cases_new=new, cases_cumulative=whole)
        publish(store, "who_cases", "cases_current", table, week=week)
    found = measurements(store, "who_cases", "cases_current")
    assert last(found, "change_median", "change_large") == [0.1, 0.1]


def test_unchanged_vintages_are_no_gap() -> None:
    """Days without a vintage are a gap, unchanged and held vintages are none."""
    store = MemoryStore()
    for week, doses in ((0, 1), (4, 1), (5, 2)):
        publish(store, SOURCE, "allocations", allocations({"AAA": doses}), week=week)
    assert measurements(store).latest("gap") == 7
    publish(store, SOURCE, "allocations", allocations({"AAA": 9}), week=8, held=True)
    publish(store, SOURCE, "allocations", allocations({"AAA": 3}), week=10)
    assert measurements(store).latest("gap") == 14


def days(*named: str) -> MemoryStore:
    """Return a lake with cases of some countries, a vintage and a day each."""
    store = MemoryStore()
    for week, names in enumerate(named):
        day = (BEGIN + week * WEEK).date()
        table = pl.DataFrame({"iso3": names.split(), "observed_on": day, "cases_new": week})
        weekly = draft("who_cases", "cases", table, week=week)
        of_a_day = replace(weekly.tables["cases"], covers={"observed_on": [f"{day}"]})
        vault = VaultReader(store, "who_cases")
        commit_snapshots(vault, [replace(weekly, tables={"cases": of_a_day})], at=NOW)
    return store


def test_a_source_that_speaks_for_a_day_is_judged_by_that_day() -> None:
    """Its table only grows: a report of half the countries would never be seen in it."""
    found = measurements(days("AAA BBB", "AAA BBB", "AAA"), "who_cases", "cases")
    assert found.frame["rows"].to_list() == [2, 2, 1]
    assert found.frame["countries"].to_list() == [2, 2, 1]
    assert found.gone == {"BBB": BEGIN + WEEK}


def test_whoever_reports_now_and_then_is_not_missed() -> None:
    """On a single day only those are missed whom every one of the last vintages had."""
    assert measurements(days("AAA BBB", "AAA", "AAA"), "who_cases", "cases").gone == {}


def test_held_vintages_and_those_without_news_do_not_count() -> None:
    """The judged one is the first that says what `latest` shows."""
    store = MemoryStore()
    for week, (doses, held) in enumerate([(1, False), (9, True), (2, False), (2, False)]):
        publish(store, SOURCE, "allocations", allocations({"AAA": doses}), week=week, held=held)
    vault = VaultReader(store, SOURCE)
    assert measurements(store).judged.id == vault.vintages()[2].id
    assert measurements(store).frame["total_doses_allocated"].to_list() == [1, 2]


def test_nothing_good_is_nothing_to_judge() -> None:
    """A source whose only vintage is held has published nothing that can be judged."""
    store = MemoryStore()
    publish(store, SOURCE, "allocations", allocations({"AAA": 1}), week=0, held=True)
    vault = VaultReader(store, SOURCE)
    assert measure_table(vault, "allocations", SUITES["allocations"]) is None


def test_only_the_last_vintages_count() -> None:
    """So many before the judged one, each with all that is known of it."""
    store = MemoryStore()
    for week in range(WINDOW + 4):
        publish(store, SOURCE, "allocations", allocations({"AAA": week + 1}), week=week)
    found = measurements(store)
    assert len(found.vintages) == found.frame.height == WINDOW + 1
    assert found.earlier("total_doses_allocated") == [*range(4, WINDOW + 4)]
    assert found.frame["gap"].null_count() == 0


def test_a_series_is_summed_at_its_end() -> None:
    """A running total counts once a line; a day in the far future is not the newest."""
    store, table = MemoryStore(), cases(3)
    publish(store, "who_cases", "cases", table, week=2)
    slipped = table.with_columns(pl.col("observed_on").dt.offset_by("5y")).tail(1)
    publish(store, "who_cases", "cases", pl.concat([table, slipped]), week=3)
    found = measurements(store, "who_cases", "cases")
    assert last(found, "total_cases_cumulative", "newest_day") == [4 * 30, 14]
    assert found.frame["newest_day"].to_list() == [7, 14]


@pytest.mark.parametrize(
    ("new", "whole", "share"),
    [
        ([5, 5, 5], [5, 10, 15], 1),
        ([5, 5, 6], [5, 10, 15], 0.5),
        ([5, None, 5], [5, 10, 15], 1),
        ([5, 5, 5], [5, None, 10], 1),
        ([None, None, None], [5, 10, 15], None),
    ],
)
def test_steps_add_up_or_do_not(
    new: list[int | None], whole: list[int | None], share: float | None
) -> None:
    """The share of steps in which the total rises by what is new; blanks are no steps."""
    store = MemoryStore()
    table = cases(3, lost=("FRA", "GHA", "KEN")).with_columns(
        cases_new=pl.Series(new, dtype=pl.Int64), cases_cumulative=pl.Series(whole, dtype=pl.Int64)
    )
    publish(store, "who_cases", "cases", table, week=3)
    assert measurements(store, "who_cases", "cases").latest("adds_up_cases") == share
