from typing import Any

import polars as pl

from tasks.marts.builders.country_totals import country_totals
from tasks.marts.lake_table import LakeTable
from tasks.vault.backends.memory_store import MemoryStore
from tests.published import publish
from tests.tasks.marts.frames import WEEKS, allocated, inputs, published, rows_of

AZ, CV = ("PRK", "AstraZeneca - Vaxzevria"), ("PRK", "Covovax")


def steps(store: MemoryStore, *names: str, source: str = "unicef_market") -> list[tuple[Any, ...]]:
    """Return columns of the country totals of a lake, sorted by country and day."""
    made = country_totals(inputs(store, source))
    return made.sort("measure", "iso3", "as_of").select(names).rows()


def test_a_total_is_the_sum_of_its_products_and_steps_when_it_changes() -> None:
    """Two products add up; a version in which nothing changes is no step."""
    store = published(
        "unicef_market",
        "allocations",
        allocated({AZ: 8_115_600}),
        allocated({AZ: 8_115_600}),
        allocated({AZ: 1_288_800, CV: 252_000}),
        allocated({AZ: 1_288_800, CV: 0}),
    )
    found = steps(store, "as_of_date", "total", "before", "change", "peak", "drawdown")
    assert [(str(row[0]), *row[1:4]) for row in found] == [
        (WEEKS[0], 8_115_600, None, None),
        (WEEKS[2], 1_540_800, 8_115_600, -6_574_800),
        (WEEKS[3], 1_288_800, 1_540_800, -252_000),
    ]
    assert {row[4] for row in found} == {8_115_600}
    assert [round(row[5], 3) for row in found] == [0, -0.81, -0.841]


def test_a_total_that_is_gone_is_minus_one() -> None:
    """Blank or absent alike; a published 0 is a total."""
    store = published(
        "unicef_market",
        "allocations",
        allocated({AZ: 100, ("GHA", "x"): 10, ("KEN", "x"): 5}),
        allocated({AZ: None, ("KEN", "x"): 0}),
        allocated({AZ: 30, ("KEN", "x"): 0}),
    )
    names = ("iso3", "total", "before", "change", "rel_change", "drawdown", "gone_reason")
    assert steps(store, *names) == [
        ("GHA", 10, None, None, None, 0, None),
        ("GHA", None, 10, -10, -1, -1, "source_removed"),
        ("KEN", 5, None, None, None, 0, None),
        ("KEN", 0, 5, -5, -1, -1, None),
        ("PRK", 100, None, None, None, 0, None),
        ("PRK", None, 100, -100, -1, -1, None),
        ("PRK", 30, None, None, None, -0.7, None),
    ]


def test_a_row_that_cannot_be_read_counts_as_before() -> None:
    """It waits in quarantine; no total falls for that."""
    store, rows = MemoryStore(), {AZ: 100, ("GHA", "x"): 10}
    publish(store, "unicef_market", "allocations", allocated(rows), week=0)
    publish(store, "unicef_market", "allocations", allocated(rows), week=1, quarantined=["PRK"])
    publish(store, "unicef_market", "allocations", allocated({**rows, AZ: 120}), week=2)
    found = steps(store, "iso3", "as_of_date", "total")
    assert [(iso3, str(day), total) for iso3, day, total in found] == [
        ("GHA", WEEKS[0], 10),
        ("PRK", WEEKS[0], 100),
        ("PRK", WEEKS[2], 120),
    ]


def given(*rows: tuple[str, str, int | None]) -> pl.DataFrame:
    """Return doses administered by country and day."""
    lines = [(iso3, pl.Series([day]).str.to_date()[0], doses) for iso3, day, doses in rows]
    return rows_of("vaccinations", *lines, figures=["doses_administered"])


def test_a_series_shows_its_newest_day_with_a_figure() -> None:
    """A blank day is passed over; when the newest day goes, the one before shows again."""
    store = published(
        "owid_vaccinations",
        "vaccinations",
        given(("GHA", "2022-01-01", 5)),
        given(("GHA", "2022-01-01", 5), ("GHA", "2022-01-08", 9), ("GHA", "2022-01-09", None)),
        given(("GHA", "2022-01-01", 6), ("GHA", "2022-01-08", 9)),
        given(("GHA", "2022-01-01", 6)),
    )
    found = steps(store, "as_of_date", "observed_on", "total", source="owid_vaccinations")
    assert [(str(day), str(on), total) for day, on, total in found] == [
        (WEEKS[0], "2022-01-01", 5),
        (WEEKS[1], "2022-01-08", 9),
        (WEEKS[3], "2022-01-01", 6),
    ]


def test_a_history_that_lags_is_continued_by_the_newest_version() -> None:
    """The history of a large table waits for a compaction, `latest` does not."""
    store = published(
        "unicef_market", "allocations", allocated({AZ: 100}), allocated({AZ: 100, CV: 20})
    )
    [table] = inputs(store, "unicef_market").tables
    early = {"upto": f"{WEEKS[0]}T00:00:00+00:00"}

    def read(kind: str) -> Any:
        frame, facts = table.read(kind)
        first = frame.filter(pl.col("product") == AZ[1]) if kind == "history" else frame
        return first, {**facts, **(early if kind == "history" else {})}

    lagging = LakeTable(source=table.source, table=table.table, key=table.key, read=read)
    made = country_totals(inputs(store).__class__(at=inputs(store).at, tables=[lagging]))
    assert made.sort("as_of")["total"].to_list() == [100, 120]
