"""Injected events: seeded, recorded exactly, and hard negatives that do only what they say."""

import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.alert_evaluation.fault_edits import with_digit, without_digit
from benchmarks.alert_evaluation.injector import Injected, inject, possible_scopes
from benchmarks.alert_evaluation.kinds import FAULTS, KINDS, NEUTRAL, Kind
from benchmarks.alert_evaluation.plans import Scope
from benchmarks.alert_evaluation.synthetic import TABLES, made
from benchmarks.alert_evaluation.trees import Tree
from tests.thorough import covering

pytestmark = pytest.mark.long

TREES = {table: made(table, seed=1, countries=30, versions=24) for table in TABLES}


def every_event() -> Iterator[tuple[str, str, Scope]]:
    """Yield every kind in every scope of one table with days, one with products, one of both."""
    for table in ("deliveries", "tests"):
        for kind in KINDS.values():
            for scope in possible_scopes(TREES[table], kind):
                yield table, kind.name, scope


EVENTS = list(every_event())


def cells(tree: Tree) -> dict[tuple[Any, ...], int]:
    """Return all published figures of the clean columns, by version, key and name."""
    key, figures = tree.key, TREES[tree.table].figures
    return {
        (version, *(row[name] for name in key), figure): row[figure]
        for version, frame in enumerate(tree.frames)
        for row in frame.iter_rows(named=True)
        for figure in figures
        if row[figure] is not None
    }


def changed(injected: Injected) -> dict[tuple[Any, ...], tuple[int | None, int | None]]:
    """Return what an injection reports as changed, in the same form."""
    tree = injected.tree
    return {
        (
            row["version"],
            *(json.loads(row["key"])[name] for name in tree.entity),
            *([row["day"]] if tree.day else []),
            row["figure"],
        ): (row["before"], row["after"])
        for row in injected.changed.iter_rows(named=True)
    }


@pytest.mark.parametrize("table", TABLES)
def test_a_made_tree_is_seeded_and_its_totals_never_fall(table: str) -> None:
    """The same seed gives the same frames, whose running totals only rise."""
    tree, again = TREES[table], made(table, seed=1, countries=30, versions=24)
    for one, other in zip(tree.frames, again.frames, strict=True):
        assert_frame_equal(one, other)
        assert not one.select(tree.key).is_duplicated().any()
    assert not tree.frames[-1].equals(made(table, seed=2, countries=30, versions=24).frames[-1])
    for before, after in zip(tree.frames, tree.frames[1:], strict=False):
        joined = before.join(after, on=tree.key, suffix=" later")
        assert joined.height == before.height
        for name in tree.figures:
            assert (joined[name] <= joined[f"{name} later"]).all()


@pytest.mark.parametrize(("table", "name", "scope"), covering(EVENTS))
def test_truth_is_exactly_the_difference_to_the_clean_tree(
    table: str, name: str, scope: Scope
) -> None:
    """What is recorded is what a comparison of all cells finds, and where the truth says."""
    clean, kind = TREES[table], KINDS[name]
    injected = inject(clean, [kind], seed=3, scopes=[scope])
    assert not any(one.select(clean.key).is_duplicated().any() for one in injected.tree.frames)
    before, after = cells(clean), cells(injected.tree)
    differing = {
        at: (before.get(at), after.get(at))
        for at in before.keys() | after.keys()
        if before.get(at) != after.get(at)
    }
    assert changed(injected) == differing
    (event,) = injected.truth.iter_rows(named=True)
    versions = {at[0] for at in differing}
    assert versions <= set(range(event["v_start"], event["v_end"] + 1))
    if not kind.is_neutral:
        assert {event["v_start"], event["v_end"]} <= versions
    if event["figure"]:
        assert {at[-1] for at in differing} <= {event["figure"]}
    countries = {at[1] for at in differing}
    if scope == "many":
        assert len(countries) >= 8
    if scope in {"product", "country"}:
        assert len(countries) <= 2


def test_the_same_seed_gives_the_same_tree_and_another_one_another() -> None:
    """Frames, truth and changes follow from the seed alone."""
    kinds = [KINDS["dip"], KINDS["sign"], KINDS["stuck"]]
    one, same, other = (inject(TREES["donations"], kinds, seed=seed) for seed in (7, 7, 8))
    assert_frame_equal(one.truth, same.truth)
    assert_frame_equal(one.changed, same.changed)
    for a, b in zip(one.tree.frames, same.tree.frames, strict=True):
        assert_frame_equal(a, b)
    assert not one.changed.drop("event_id").equals(other.changed.drop("event_id"))


def test_events_of_one_tree_share_no_country() -> None:
    """An alert about a country can be about one event only."""
    kinds = [kind for kind in FAULTS if "country" in kind.scopes][:8]
    injected = inject(TREES["deliveries"], kinds, seed=1, scopes=["country" for _ in kinds])
    owners = injected.changed.select(
        "event_id", pl.col("key").str.json_path_match("$.iso3").alias("iso3")
    ).unique()
    assert owners.height == owners["iso3"].n_unique() >= 8


def test_a_whole_column_leaves_no_place_for_another_event() -> None:
    """Such a request is refused."""
    kinds = [KINDS["cut 10 %"], KINDS["all times 0.85"]]
    with pytest.raises(ValueError, match="no place"):
        inject(TREES["tests"], kinds, seed=1, scopes=["country", "column"])


@pytest.mark.parametrize("share", [10, 25, 60, 100])
def test_a_cut_takes_its_share(share: int) -> None:
    """The magnitude of a cut is its share."""
    injected = inject(TREES["tests"], [KINDS[f"cut {share} %"]], seed=1, scopes=["country"])
    assert injected.truth["magnitude"].item() == pytest.approx(share / 100, abs=1e-3)


def test_erosion_takes_three_percent_a_version_and_stays() -> None:
    """Eight versions each take 3 %; later ones keep what is left."""
    injected = inject(TREES["deliveries"], [KINDS["3 % a week"]], seed=1, scopes=["product"])
    ratios = (injected.changed["after"] / injected.changed["before"]).to_list()
    expected = [0.97 ** min(step + 1, 8) for step in range(len(ratios))]
    assert ratios == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("name", ["moved to a country", "moved to a product"])
def test_what_moves_is_nowhere_lost(name: str) -> None:
    """What one unit loses another gains."""
    injected = inject(TREES["deliveries"], [KINDS[name]], seed=2)
    sums = injected.changed.group_by("version").agg(pl.col("before", "after").sum())
    assert sums.filter((pl.col("before") - pl.col("after")).abs() > 5).is_empty()  # rounded parts


def test_digits() -> None:
    """The first digit may go, a last one may be doubled."""
    assert without_digit(907, 0.0) == 7
    assert without_digit(5, 0.9) == 0
    assert with_digit(907, 0.99) == 9077


def injected_neutral(name: str, table: str = "deliveries") -> tuple[Tree, Injected]:
    """Return the clean tree and one with a hard negative."""
    return TREES[table], inject(TREES[table], [KINDS[name]], seed=4)


@pytest.mark.parametrize("name", ["reordered", "reformatted", "new column"])
@pytest.mark.parametrize("table", TABLES)
def test_form_changes_no_figure(name: str, table: str) -> None:
    """Order, columns and new columns leave every figure as it was."""
    clean, injected = injected_neutral(name, table)
    assert injected.changed.is_empty()
    assert cells(clean) == cells(injected.tree)
    assert any(
        a is not b and not a.equals(b)
        for a, b in zip(clean.frames, injected.tree.frames, strict=True)
    )


@pytest.mark.parametrize("name", ["growth 5 %", "growth 30 %", "announced round"])
def test_growth_lets_nothing_fall(name: str) -> None:
    """Growth only raises figures."""
    _, injected = injected_neutral(name)
    assert (injected.changed["after"] >= injected.changed["before"]).all()


def test_rounding_moves_no_figure_by_more_than_half_a_unit() -> None:
    """The coarsest unit is a thousand."""
    _, injected = injected_neutral("rounding")
    moved = (injected.changed["after"] - injected.changed["before"]).abs()
    assert moved.len() > 0
    assert (moved <= 500).all()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["stuck", "catch-up after silence", "late report"])
def test_silence_shows_old_figures_and_ends(name: str, table: str) -> None:
    """A silent country shows figures of before, then goes on."""
    clean, injected = injected_neutral(name, table)
    (event,) = injected.truth.iter_rows(named=True)
    assert event["v_end"] < len(clean.frames) - 1
    old = {at[1:]: value for at, value in cells(clean).items() if at[0] == event["v_start"] - 1}
    for row in injected.changed.filter(pl.col("after").is_not_null()).iter_rows(named=True):
        key = json.loads(row["key"])
        series = {value for at, value in old.items() if at[0] == key["iso3"]}
        assert row["after"] in series


def test_a_product_swap_leaves_the_country_total() -> None:
    """The sum over products stays."""
    _, injected = injected_neutral("product swap")
    sums = injected.changed.group_by("version", "figure").agg(pl.col("before", "after").sum())
    assert sums.height
    assert (sums["before"] == sums["after"]).all()


def test_an_identical_vintage_is_the_one_before() -> None:
    """All of it is repeated."""
    _, injected = injected_neutral("identical vintage")
    at = injected.truth["v_start"].item()
    assert_frame_equal(injected.tree.frames[at], injected.tree.frames[at - 1])


def test_hard_negatives_and_faults_are_apart() -> None:
    """No name is both."""
    assert all(kind.is_neutral for kind in NEUTRAL)
    assert not any(kind.is_neutral for kind in FAULTS)
    assert len(KINDS) == len(FAULTS) + len(NEUTRAL)


def test_real_vintages_have_gaps_words_and_countries_that_come_and_go() -> None:
    """Nulls, columns of text and countries of a few versions only disturb no injection."""
    frames: list[pl.DataFrame] = []
    for version, frame in enumerate(TREES["deliveries"].frames):
        countries = frame["iso3"].unique().sort().to_list()
        is_blank = pl.col("iso3") == countries[0]
        shipped = pl.when(is_blank).then(None).otherwise("doses_shipped").alias("doses_shipped")
        present = frame.filter(pl.col("iso3") != countries[version % 5 + 1])
        frames.append(present.with_columns(shipped, note=pl.lit("as published")))
    clean = TREES["deliveries"].with_frames(tuple(frames))
    for kind in KINDS.values():
        injected = inject(clean, [kind], seed=6)
        differing = cells(clean).items() ^ cells(injected.tree).items()
        assert changed(injected).keys() == {at for at, _ in differing}
        assert all("note" in frame.columns for frame in injected.tree.frames)


def test_a_kind_for_products_fits_no_table_without() -> None:
    """A table without products has no scope for it."""
    kind: Kind = KINDS["product renamed"]
    assert possible_scopes(TREES["tests"], kind) == []
