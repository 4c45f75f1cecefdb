"""The baselines on series whose alerts are known."""

import numpy as np
import pytest

from benchmarks.alert_evaluation.baselines import (
    BASELINES,
    Detector,
    any_fall,
    ears_c2,
    judged,
    large_fall,
    robust_z,
)
from benchmarks.alert_evaluation.ecod import ecod
from benchmarks.alert_evaluation.injector import inject
from benchmarks.alert_evaluation.kinds import KINDS
from benchmarks.alert_evaluation.matching import match
from benchmarks.alert_evaluation.synthetic import TABLES, made
from benchmarks.alert_evaluation.trees import Tree

STEADY = np.cumsum(np.tile([100.0, 95.0, 105.0], 7))


def flagged(flags: np.ndarray) -> list[int]:
    """Return the versions of one series in which there is an alert."""
    return np.flatnonzero(flags[0]).tolist()


def test_any_fall_flags_a_fall_and_a_blank() -> None:
    """A figure that is lower, or gone, is a fall; one that stays away is no second one."""
    assert flagged(any_fall(np.array([[5, 4, 6, np.nan, np.nan, 3]]))) == [1, 3]


def test_a_large_fall_needs_both_share_and_size() -> None:
    """Neither 10 % of a million nor all of a thousand is large."""
    levels = [[1e6, 0.79e6, 0.7e6, 1e7, 9.8e6, 1_000, 0]]
    assert flagged(large_fall(np.array(levels))) == [1, 5]


@pytest.mark.parametrize("detector", [ears_c2, robust_z])
@pytest.mark.parametrize("step", [-900, 900])
def test_a_step_of_a_steady_series_is_flagged(detector: Detector, step: int) -> None:
    """A step is flagged in its own version, and nothing before it."""
    levels = STEADY.copy()
    assert not detector(levels[None]).any()
    levels[15:] += step
    assert flagged(detector(levels[None])) == [15]


def test_ecod_by_hand() -> None:
    """Four numbers with a long right tail: the right tail probabilities are 1, 3/4, 1/2, 1/4."""
    score = ecod(np.array([[1.0], [2.0], [3.0], [10.0]]))
    assert score == pytest.approx([np.log(4), np.log(2), np.log(2), np.log(4)])


def test_ecod_scores_a_row_that_is_extreme_in_both_columns_highest() -> None:
    """The logarithms of the tails add up over columns."""
    rows = np.random.default_rng(1).normal(size=(200, 2))
    rows[7] = (-6, 6)
    assert ecod(rows).argmax() == 7


def test_no_baseline_of_falls_reports_a_clean_tree() -> None:
    """Made totals never fall."""
    for table in TABLES:
        tree = made(table, seed=2)
        for name in ("any fall", "fall of 20 % and 100,000"):
            assert judged(tree, name).is_empty()


@pytest.mark.parametrize("name", BASELINES)
def test_no_baseline_knows_later_versions(name: str) -> None:
    """Alerts up to a version are the same without the later ones."""
    whole = inject(made("donations", seed=2), [KINDS["cut 60 %"]], seed=2).tree
    part = Tree(
        table=whole.table,
        entity=whole.entity,
        day=whole.day,
        instants=whole.instants[:18],
        frames=whole.frames[:18],
    )
    early = judged(whole, name)
    early = early.filter(early["as_of"].is_in(list(part.instants)))
    assert set(early["fingerprint"]) == set(judged(part, name)["fingerprint"])


def test_any_fall_finds_what_falls_and_reports_a_country_once() -> None:
    """Series of a country whose total is flagged are not reported again."""
    injected = inject(made("deliveries", seed=2), [KINDS["cut 100 %"]], seed=2, scopes=["country"])
    found = match(judged(injected.tree, "any fall"), injected)
    assert found.incidents["is_detected"].all()
    assert found.notifications.height == 1
