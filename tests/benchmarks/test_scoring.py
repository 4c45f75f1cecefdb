"""Scores of detectors whose quality is known."""

import json

import polars as pl
import pytest

from benchmarks.alert_evaluation.injector import Injected, inject
from benchmarks.alert_evaluation.intervals import f1, share, wilson
from benchmarks.alert_evaluation.kinds import KINDS
from benchmarks.alert_evaluation.matching import ALERTS, Matched, match
from benchmarks.alert_evaluation.scoring import band, by_kind, misses, scores
from benchmarks.alert_evaluation.synthetic import made

CLEAN = made("deliveries", seed=5)
NARROW = ("cut 60 %", "sign", "dip")
INJECTED = inject(
    CLEAN, [KINDS[name] for name in NARROW], seed=5, scopes=["product", "product", "product"]
)
WIDE = inject(CLEAN, [KINDS["cut 60 %"]], seed=5, scopes=["many"])
NEUTRAL = inject(CLEAN, [KINDS["growth 30 %"]], seed=5, scopes=["country"])


def alert(number: int, key: object, at: int, **other: object) -> dict[str, object]:
    """Return one row of alerts: opened and high unless `other` differs."""
    row = {"fingerprint": f"f{number}", "rule": "any", "severity": "high", "column": None}
    row |= {"key": json.dumps(key), "as_of": CLEAN.instants[at], "kind": "opened", "group": None}
    return {**row, **other}


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    """Return rows of alerts as a frame."""
    return pl.DataFrame(rows, schema=ALERTS)


def perfect(injected: Injected) -> pl.DataFrame:
    """Return one alert for each event, in its first version."""
    return frame(
        *(
            alert(number, json.loads(row["key"]), row["v_start"], column=row["figure"])
            for number, row in enumerate(injected.truth.iter_rows(named=True))
        )
    )


def matched(injected: Injected, *rows: dict[str, object]) -> Matched:
    """Return the match of a perfect detector's alerts and some more."""
    return match(pl.concat([perfect(injected), frame(*rows)]), injected)


@pytest.mark.parametrize("injected", [INJECTED, WIDE])
def test_a_perfect_detector_scores_one(injected: Injected) -> None:
    """One alert for each event, at once, and nothing else."""
    result = scores([match(perfect(injected), injected)])
    for name in ("precision", "precision_immediate", "recall", "recall_immediate", "f1"):
        assert result[name][0] == 1.0
    assert result["delay_median"] == result["delay_p95"] == 0
    assert result["false_per_1000_series_weeks"] == 0
    assert result["repeated"][0] == 0
    assert misses([match(perfect(injected), injected)]) == []


def test_a_silent_detector_scores_zero() -> None:
    """Nothing is found, and everything is listed as missed."""
    silent = [match(frame(), INJECTED)]
    result = scores(silent)
    assert result["recall"][0] == result["f1"][0] == 0
    assert result["precision"] == [None, None, None]
    assert result["alerts_per_week"] == 0
    assert [row["kind"] for row in misses(silent)] == [
        row["kind"] for row in INJECTED.truth.sort("event_id").iter_rows(named=True)
    ]


def test_the_same_matter_twice_in_one_version_is_a_repeat_and_no_second_hit() -> None:
    """Doubles count as repeats, neither as hits nor as false."""
    first = INJECTED.truth.row(0, named=True)
    key = json.loads(first["key"])
    one = matched(
        INJECTED,
        alert(10, {"iso3": key["iso3"]}, first["v_start"]),
        alert(11, key, first["v_start"], severity="low"),
    )
    result = scores([one])
    assert result["alerts"] == 5
    assert result["repeated"][0] == 2 / 5
    assert result["precision"][0] == result["recall"][0] == 1


def test_an_alert_elsewhere_before_or_long_after_is_false() -> None:
    """Place and time must fit; the whole table is no narrow event."""
    first = INJECTED.truth.row(0, named=True)
    key, touched = json.loads(first["key"]), set[str](INJECTED.truth["key"])
    elsewhere = next(
        iso3 for iso3 in CLEAN.frames[0]["iso3"] if not any(iso3 in one for one in touched)
    )
    one = matched(
        INJECTED,
        alert(10, key, first["v_start"] - 1),
        alert(11, {"iso3": elsewhere}, first["v_start"], severity="medium"),
        alert(12, {}, first["v_start"]),
    )
    result = scores([one])
    assert result["false"] == 3
    assert result["false_by_severity"] == {"high": 2, "medium": 1}
    assert result["precision"][0] == 3 / 6
    assert result["precision_immediate"][0] == pytest.approx(3 / 5, abs=1e-3)
    assert result["precision_digest"][0] == 0
    assert result["precision_above_info"][0] == 3 / 6
    series_weeks = sum(one.height for one in CLEAN.frames)
    assert result["false_per_1000_series_weeks"] == round(3000 / series_weeks, 3)


def test_an_alert_about_a_country_finds_the_event_of_its_product() -> None:
    """An alert may have a coarser key than the event."""
    first = INJECTED.truth.row(0, named=True)
    country = {"iso3": json.loads(first["key"])["iso3"]}
    one = match(frame(alert(1, country, first["v_start"])), INJECTED)
    assert one.incidents["is_detected"].to_list() == [True, False, False]


def test_delay_counts_versions_and_digest_is_not_immediate() -> None:
    """A medium alert one version late is a detection of the digest."""
    wide = WIDE.truth.row(0, named=True)
    one = match(frame(alert(1, {}, wide["v_start"] + 1, severity="medium")), WIDE)
    result = scores([one])
    assert result["delay_median"] == 1
    assert result["recall"][0] == 1
    assert result["recall_immediate"][0] == 0


def test_a_group_covers_its_parts() -> None:
    """A group is one notification that detects the events of its parts."""
    rows = [
        alert(number, json.loads(row["key"]), 12, group="f9", severity="low")
        for number, row in enumerate(INJECTED.truth.iter_rows(named=True))
        if row["v_start"] <= 12 <= row["v_end"] + 1
    ]
    assert rows, "the seed has an event in version 12"
    one = match(frame(*rows, alert(9, {}, 12)), INJECTED)
    assert one.notifications.height == 1
    assert one.notifications["event_id"].null_count() == 0
    found = one.incidents.filter("is_detected")
    assert found.height == len(rows)
    assert set(found["severity"]) == {"high"}


def test_an_alert_about_another_figure_is_neither_false_nor_a_detection() -> None:
    """It is at the right row, about a consequence."""
    first = INJECTED.truth.row(0, named=True)
    other = next(name for name in CLEAN.figures if name != first["figure"])
    key = json.loads(first["key"])
    one = match(frame(alert(1, key, first["v_start"], column=other)), INJECTED)
    assert one.incidents["is_detected"].sum() == 0
    assert scores([one])["false"] == 0


def test_two_events_need_two_alerts() -> None:
    """One alert detects one event at most."""
    key = {"product": json.loads(INJECTED.truth["key"][0])["product"]}
    start = INJECTED.truth["v_start"][0]
    one = match(frame(alert(1, key, start)), INJECTED)
    assert one.incidents["is_detected"].sum() == 1


@pytest.mark.parametrize("kind", ["resolved", "reverted", "confirmed", "superseded"])
def test_what_follows_an_alert_is_none(kind: str) -> None:
    """Later events of an alert are not counted."""
    one = matched(INJECTED, alert(10, {"iso3": "PRK"}, 3, kind=kind))
    assert scores([one])["alerts"] == 3


def test_an_alert_about_a_hard_negative_is_false() -> None:
    """Hard negatives are no events to find."""
    found = match(perfect(NEUTRAL), NEUTRAL)
    result = scores([found])
    assert result["events"] == 0
    assert result["false"] == 1
    (row,) = by_kind({"growth 30 %": [found]})
    assert row["share_immediate"][0] == 1.0


def test_scores_by_kind_stand_by_band_of_magnitude() -> None:
    """Trees of one kind are summed by band."""
    rows = by_kind({"cut 60 %": [match(perfect(WIDE), WIDE), match(frame(), WIDE)]})
    assert [(row["magnitude"], row["events"], row["recall"][0]) for row in rows] == [
        ("50 to 100 %", 2, 0.5)
    ]


@pytest.mark.parametrize(
    ("magnitude", "name"),
    [
        (0.1, "below 15 %"),
        (0.25, "15 to 50 %"),
        (0.999, "50 to 100 %"),
        (1.0, "100 %"),
        (1.5, "above 100 %"),
        (None, "rows"),
    ],
)
def test_bands(magnitude: float | None, name: str) -> None:
    """The bands begin where they say."""
    assert band(magnitude) == name


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        (
            0,
            10,
            0.0,
            0.2775,
        ),  # Newcombe 1998, Stat Med 17, 857, table I: 0/20, 1/29, 15/148, 81/263
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (15, 148, 0.0624, 0.1605),
        (81, 263, 0.2553, 0.3662),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilson_against_published_values(hits: int, count: int, low: float, high: float) -> None:
    """Newcombe 1998, Stat Med 17, 857, table I; and the limits of nothing and all of ten."""
    assert wilson(hits, count) == pytest.approx((low, high), abs=5e-5)


def test_shares_of_nothing_and_f1() -> None:
    """Of nothing there is no share; F1 is the harmonic mean."""
    assert share(0, 0).value is None
    assert f1(hits=6, false=2, missed=4).value == pytest.approx(2 * 0.75 * 0.6 / 1.35)
