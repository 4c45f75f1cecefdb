"""Groups, series over days, revisions, backtests: what they show."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from tasks.charts.backtest_chart import backtest_chart
from tasks.charts.chart_style import ChartText, finished
from tasks.charts.date_chart import (
    before_and_after,
    largest_differences,
    revision_map,
    revision_text,
)
from tasks.charts.group_chart import group_chart, largest
from tests.tasks.charts.drawn import texts_in

TEXT = ChartText(title="T", lines=[], source="S", alt="A")
DAY = date(2021, 3, 1)


def days(*values: float | None) -> pl.DataFrame:
    """Return a series over days; days without a value are absent."""
    rows = [(DAY + timedelta(days=n), v) for n, v in enumerate(values) if v is not None]
    return pl.DataFrame(rows, schema={"on": pl.Date, "value": pl.Float64}, orient="row")


def record(iso3: str, before: float | None, after: float | None, **more: Any) -> dict[str, Any]:
    """Return a finding as evidence of a group lists it."""
    key = {"iso3": iso3, "product": more.get("product", "unspecified")}
    return {"key": key, "before": before, "after": after, "column": "doses_delivered"}


def test_a_group_shows_its_ten_largest_changes_by_amount() -> None:
    """Not by percent: a small country that lost everything comes after a large one."""
    records = [record(f"X{letter}A", 100, 0) for letter in "ABCDEFGHIJKL"]
    records += [record("IND", 1_000_000_000, 900_000_000), record("CHN", None, 5_000)]
    chosen = [one["key"]["iso3"] for one in largest(records)]
    assert chosen[:2] == ["IND", "CHN"]
    assert len(chosen) == 10
    shown = texts_in(finished(group_chart(records, unit="doses"), TEXT))
    assert "1,000,000,000 → 900,000,000 (-10.0 %)" in shown
    assert "no figure → 5,000" in shown


def test_rows_of_a_group_with_one_name_stay_apart() -> None:
    """Names that are cut at the same place are two rows, and hostile ones are harmless."""
    long = "P" * 60
    records = [record("PRK", 5, 1, product=long + end) for end in ("a", "b")]
    records.append(record("PRK", 9, 1, product="\u202evaccine"))
    shown = texts_in(finished(group_chart(records, unit="doses"), TEXT))
    assert sum(text.strip().startswith("Korea, DPR (PRK) PPP") for text in shown) == 2
    assert any(r"\u202evaccine" in text for text in shown)


def test_differences_are_of_days_that_the_older_version_knows() -> None:
    """A day that is new is no difference; one that went is."""
    before, after = days(10, 20, 30), days(10, 15, None, 40)
    found = largest_differences(before, after)
    assert found["on"].to_list() == [DAY + timedelta(days=2), DAY + timedelta(days=1)]
    assert found["change"].to_list() == [-30, -5]
    assert revision_text(before, after, "doses_administered") == (
        "2 of 3 days differ; most on 3 Mar 2021: 30 → no figure."
    )
    assert revision_text(before, before, "x").startswith("No day")


def test_two_versions_of_a_series_are_drawn_with_their_names() -> None:
    """Also where one of them is empty."""
    for before, after in ((days(1, 2), days(1, 3)), (days(), days(5)), (days(7), days())):
        made = before_and_after(before, after, "doses", unit="doses", names=("old", "new"))
        assert {"old", "new"} <= set(texts_in(finished(made, TEXT)))


def test_a_revision_map_has_a_column_for_each_version() -> None:
    """Versions without a revision as well."""
    versions = [datetime(2021, 3, one, tzinfo=UTC) for one in (1, 2, 3)]
    revised = pl.DataFrame(
        [(versions[1], DAY, 10.0, 5.0, -0.5), (versions[1], date(2021, 2, 1), 10.0, None, -1.0)],
        schema={
            "as_of": pl.Datetime("us", "UTC"),
            "on": pl.Date,
            **dict.fromkeys(("before", "after", "rel_change"), pl.Float64),
        },
        orient="row",
    )
    shown = texts_in(finished(revision_map(revised, versions), TEXT))
    assert {"2021-03-01 00:00", "2021-03-02 00:00", "2021-03-03 00:00"} <= set(shown)
    assert {"2021-03-01", "2021-02-01", "-100%"} <= set(shown)


def test_a_backtest_counts_incidents_before_and_after() -> None:
    """By rule in the order of their numbers, with all severities in the legend."""
    frame = pl.DataFrame(
        {
            "rule": ["R17", "R2", "R2"],
            "severity": ["medium", "high", "low"],
            "before": [1, 2, 1],
            "after": [0, 3, 0],
        }
    )
    shown = texts_in(backtest_chart(frame, source="All history of one lake."))
    assert "4 incidents before, 3 after" in shown
    assert shown.index("R2") < shown.index("R17")
    assert {"info", "critical", "All history of one lake."} <= set(shown)
    assert "0 incidents before, 0 after" in texts_in(backtest_chart(frame.clear()))
