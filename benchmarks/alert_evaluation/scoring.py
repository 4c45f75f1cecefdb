"""Score what was matched: shares with intervals, delays, alerts per week, misses."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from benchmarks.alert_evaluation.intervals import Share, f1, share
from benchmarks.alert_evaluation.kinds import KINDS
from benchmarks.alert_evaluation.matching import SEVERITIES, Matched

IMMEDIATE: Final = ("high", "critical")
"""Severities of the immediate lane; the others are for the digest."""
DIGEST: Final = ("info", "low", "medium")
BANDS: Final = (("below 15 %", 0.15), ("15 to 50 %", 0.5), ("50 to 100 %", 0.9999))
MISS: Final = ("event_id", "kind", "key", "figure", "v_start", "before", "after", "scope")


def band(magnitude: float | None) -> str:
    """Return the band of a magnitude.

    >>> band(0.2), band(1.0), band(9.0), band(None)
    ('15 to 50 %', '100 %', 'above 100 %', 'rows')
    """
    if magnitude is None:
        return "rows"
    below = (name for name, end in BANDS if magnitude < end)
    return next(below, "100 %" if magnitude <= 1 else "above 100 %")


def scores(matched: Sequence[Matched]) -> dict[str, Any]:
    """Return the scores of all trees together.

    One event is one hit, however many alerts are about it. False are alerts about no event or about
    a hard negative. Precision is hits / (hits + false alerts), also by lane: an event that has an
    immediate alert is a hit of that lane, another one of the digest. Recall is the share of events
    that were detected, `recall_immediate` by an immediate alert; hard negatives are none of them.
    `…_above_info` leave alerts of severity info out, hits and false ones; `recall_shown` leaves out
    the losses that no version shows, and `hidden` is how many these are.
    Delays are in versions. Shares are [value, low, high].
    """
    incidents = _incidents(matched)
    faults = incidents.filter(~pl.col("is_neutral"))
    notes = _notifications(matched, incidents)
    weeks, series_weeks = sum(m.weeks for m in matched), sum(m.series_weeks for m in matched)
    false = notes.filter("is_false")
    immediate = notes.filter(pl.col("severity").is_in(IMMEDIATE))
    delays = faults["delay"].drop_nulls()
    by_severity = false.group_by("severity").len().sort("severity").rows()
    return {
        "events": faults.height,
        "hidden": faults.filter("is_hidden").height,
        "alerts": notes.height,
        "false": false.height,
        "false_by_severity": dict(by_severity),
        **_shares(faults, false),
        "delay_median": delays.median(),
        "delay_p95": delays.quantile(0.95, "higher"),
        "alerts_per_week": _rate(notes.height, weeks),
        "immediate_per_week": _rate(immediate.height, weeks),
        "false_per_1000_series_weeks": _rate(1000 * false.height, series_weeks),
        "repeated": _share(notes, "is_repeat").document(),
    }


def _shares(faults: pl.DataFrame, false: pl.DataFrame) -> dict[str, list[float | None]]:
    found, alarms = faults["severity"].drop_nulls().to_list(), false["severity"].to_list()

    def precision(*severities: str) -> Share:
        hits = sum(one in severities for one in found)
        return share(hits, hits + sum(one in severities for one in alarms))

    def recall(*severities: str) -> Share:
        return share(sum(one in severities for one in found), faults.height)

    shares = {
        "precision": precision(*SEVERITIES),
        "precision_immediate": precision(*IMMEDIATE),
        "precision_digest": precision(*DIGEST),
        "precision_above_info": precision(*SEVERITIES[1:]),
        "recall": recall(*SEVERITIES),
        "recall_immediate": recall(*IMMEDIATE),
        "recall_above_info": recall(*SEVERITIES[1:]),
        "recall_shown": _share(faults.filter(~pl.col("is_hidden")), "is_detected"),
        "f1": f1(len(found), len(alarms), faults.height - len(found)),
    }
    return {name: one.document() for name, one in shares.items()}


def by_kind(matched: Mapping[str, Sequence[Matched]]) -> list[dict[str, Any]]:
    """Return the scores by kind and band of magnitude; `matched`: trees of one kind each, by kind.

    False alerts of a tree have no magnitude: precision and F1 of a band count the false alerts of
    all trees that have an event in it. A hard negative has `share_alerted` instead of recall.
    """
    rows: list[dict[str, Any]] = []
    for kind, trees in matched.items():
        bands: dict[str, list[Matched]] = {}
        for tree in trees:
            for name in {band(one) for one in tree.incidents["magnitude"]}:
                bands.setdefault(name, []).append(tree)
        for name, some in sorted(bands.items()):
            rows.append({"kind": kind, "magnitude": name, **_of_kind(kind, name, some)})
    return rows


def _of_kind(kind: str, name: str, trees: Sequence[Matched]) -> dict[str, Any]:
    incidents = _incidents(trees)
    own = incidents.filter(pl.col("band") == name)
    if KINDS[kind].is_neutral:
        return {
            "events": own.height,
            "share_alerted": _share(own, "is_detected").document(),
            "share_immediate": _share(own, "is_immediate").document(),
            "alerts": sum(tree.notifications.height for tree in trees),
        }
    false = _notifications(trees, incidents).filter("is_false")
    return {
        "events": own.height,
        "hidden": own.filter("is_hidden").height,
        "false": false.height,
        **_shares(own, false),
        "delay_median": own["delay"].median(),
    }


def misses(matched: Sequence[Matched]) -> list[dict[str, Any]]:
    """Return the events that were not detected, without hard negatives, sorted by event."""
    incidents = _incidents(matched).filter(~pl.col("is_neutral"), ~pl.col("is_detected"))
    return incidents.select(MISS).sort("event_id").to_dicts()


def _incidents(matched: Sequence[Matched]) -> pl.DataFrame:
    frame = pl.concat([one.incidents for one in matched])
    neutral = [name for name, kind in KINDS.items() if kind.is_neutral]
    bands = [band(one) for one in frame["magnitude"]]
    return frame.with_columns(
        pl.Series("band", bands, pl.String),
        is_neutral=pl.col("kind").is_in(neutral),
        is_immediate=pl.col("severity").is_in(IMMEDIATE).fill_null(value=False),
    )


def _notifications(matched: Sequence[Matched], incidents: pl.DataFrame) -> pl.DataFrame:
    faults = incidents.filter(~pl.col("is_neutral"))["event_id"]
    is_true = pl.col("event_id").is_in(faults.implode()).fill_null(value=False)
    return pl.concat([one.notifications for one in matched]).with_columns(is_false=~is_true)


def _share(frame: pl.DataFrame, name: str) -> Share:
    return share(frame.filter(name).height, frame.height)


def _rate(count: float, per: float) -> float | None:
    return round(count / per, 3) if per else None
