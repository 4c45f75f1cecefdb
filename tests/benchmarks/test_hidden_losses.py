"""Losses that no version shows: growth hides them, or a report that is late."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from benchmarks.alert_evaluation.hidden_losses import is_hidden
from benchmarks.alert_evaluation.injector import inject
from benchmarks.alert_evaluation.kinds import KINDS
from benchmarks.alert_evaluation.matching import ALERTS, match
from benchmarks.alert_evaluation.plans import Plan, Scope
from benchmarks.alert_evaluation.scoring import scores
from benchmarks.alert_evaluation.synthetic import made
from benchmarks.alert_evaluation.trees import Tree

SCOPES: tuple[Scope, ...] = ("country",) * 4
FIRST = datetime(2022, 1, 1, tzinfo=UTC)


def tree_of(figures: Sequence[int | None], *, by_day: bool = False) -> Tree:
    """Return a tree with one country: a figure a version, in a table with days of all so far."""
    day = [date(2022, 1, 1) + timedelta(days=number) for number in range(len(figures))]
    shown = pl.DataFrame({"iso3": "PRK", "day": day, "doses": pl.Series(figures, dtype=pl.Int64)})
    frames = [
        shown[: number + 1] if by_day else shown[number : number + 1].drop("day")
        for number in range(len(figures))
    ]
    return Tree(
        table="t",
        entity=("iso3",),
        day="day" if by_day else None,
        instants=tuple(FIRST + timedelta(weeks=week) for week in range(len(figures))),
        frames=tuple(frames),
    )


def plan(end: int) -> Plan:
    """Return an event of the country from the third version on."""
    return Plan(
        scope="country",
        duration="good",
        figure="doses",
        units=({"iso3": "PRK"},),
        other={},
        start=2,
        end=end,
        day=None,
        size=0.1,
        draw=0.5,
    )


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ([80_000, 90_000, 91_000, 95_000], True),
        ([80_000, 90_000, 88_500, 95_000], True),
        ([80_000, 90_000, 88_000, 95_000], False),
        ([80_000, 90_000, 91_000, 89_000], False),
        ([8_000, 9_000, 8_100, 8_100], True),
        ([80_000, 90_000, None, 95_000], False),
    ],
)
def test_a_loss_shows_where_a_figure_is_gone_or_lower(
    figures: Sequence[int | None], *, expected: bool
) -> None:
    """By 2 % and 1,000 against the highest since the version before the event."""
    assert is_hidden(tree_of(figures), plan(3)) == expected


def test_a_day_without_a_figure_is_a_late_report() -> None:
    """In a table with days nothing that was shown is gone."""
    assert is_hidden(tree_of([80_000, 90_000, None, None], by_day=True), plan(3))
    assert not is_hidden(tree_of([80_000, 90_000, 85_000], by_day=True), plan(2))


def test_what_is_hidden_is_left_out_of_what_shows() -> None:
    """A detector that finds all that shows has all of that; a rise is never hidden."""
    tree = made("allocations", seed=2, countries=20, versions=24)
    kinds = [KINDS["cut 10 %"]] * 3 + [KINDS["spike"]]
    injected = inject(tree, kinds, seed=2, scopes=SCOPES)
    shown = injected.truth.filter(~pl.col("is_hidden"))
    assert {"spike"} <= set(shown["kind"])
    assert 0 < shown.height < injected.truth.height
    alerts = [
        {
            "fingerprint": row["event_id"],
            "rule": "any",
            "severity": "high",
            "key": row["key"],
            "column": row["figure"],
            "as_of": tree.instants[row["v_start"]],
            "kind": "opened",
            "group": None,
        }
        for row in shown.iter_rows(named=True)
    ]
    result = scores([match(pl.DataFrame(alerts, schema=ALERTS), injected)])
    assert (result["events"], result["hidden"]) == (4, 4 - shown.height)
    assert result["recall_shown"][0] == 1 > result["recall"][0]
