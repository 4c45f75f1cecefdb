"""The suite: its split, the way into the product, and the tables of the scores."""

import polars as pl
import pytest

from benchmarks.alert_evaluation import splits
from benchmarks.alert_evaluation.injector import inject
from benchmarks.alert_evaluation.kinds import FAULTS, KINDS, NEUTRAL
from benchmarks.alert_evaluation.matching import ALERTS
from benchmarks.alert_evaluation.report import tables
from benchmarks.alert_evaluation.runner import product_alerts
from benchmarks.alert_evaluation.suite import BASELINES, CLEAN, PRODUCT, cases, evaluated
from benchmarks.alert_evaluation.synthetic import TABLES, made

DIGEST = "ebc7899a34f2"


def test_the_split_is_fixed() -> None:
    """A held-out kind or seed that moves makes another evaluation: change it knowingly."""
    assert splits.digest().startswith(DIGEST)


def test_half_of_the_seeds_and_a_third_of_the_kinds_are_held_out() -> None:
    """And what is for development has none of them."""
    assert 2 * len(splits.HELD_OUT_SEEDS) == len(splits.SEEDS)
    assert set(splits.HELD_OUT_KINDS) < set(KINDS)
    for kinds in (FAULTS, NEUTRAL):
        held_out = [kind for kind in kinds if kind.name in splits.HELD_OUT_KINDS]
        assert len(held_out) == pytest.approx(len(kinds) / 3, abs=1)
    assert not set(splits.development_seeds()) & set(splits.final_seeds())
    assert not {kind.name for kind in splits.development_kinds()} & splits.HELD_OUT_KINDS


def test_the_product_judges_every_table_as_a_frame_of_alerts() -> None:
    """Every made table has a source whose rules can judge it."""
    for table in TABLES:
        tree = inject(made(table, seed=2, countries=12, versions=14), [], seed=2).tree
        assert product_alerts(tree).schema == pl.Schema(ALERTS)


def test_the_product_reports_a_withdrawn_allocation() -> None:
    """The way into the product works: its plainest alert arrives, at the right place and time."""
    clean = made("allocations", seed=2)
    injected = inject(clean, [KINDS["cut 100 %"]], seed=2, scopes=["country"], durations=["good"])
    (event,) = injected.truth.iter_rows(named=True)
    at = clean.instants[event["v_start"]]
    falls = product_alerts(injected.tree).filter(
        (pl.col("as_of") == at) & (pl.col("kind") == "opened") & (pl.col("severity") != "info")
    )
    assert event["key"] in set(falls["key"])


def test_the_suite_scores_all_detectors_and_shows_them() -> None:
    """A small suite from trees to tables."""
    kinds = [KINDS["cut 60 %"], KINDS["growth 5 %"]]
    some = list(cases(kinds, [0], ["donations"]))
    assert [case.kind for case in some] == [CLEAN, "cut 60 %", "growth 5 %"]
    document = evaluated(some)
    assert set(document["detectors"]) == {PRODUCT, *BASELINES}
    assert document["trees"] == 3
    page = tables(document)
    for text in (*BASELINES, "cut 60 %, 50 to 100 %", "growth 5 %, below 15 %", DIGEST):
        assert text in page
