"""The scores as Markdown tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.alert_evaluation.suite import PRODUCT, rows_of

OVERALL: Final = {
    "precision": "precision",
    "precision_immediate": "immediate",
    "precision_digest": "digest",
    "precision_above_info": "above info",
    "recall": "recall",
    "recall_immediate": "immediate",
    "recall_above_info": "above info",
    "recall_shown": "of what shows",
    "f1": "F1",
    "delay_median": "delay, median",
    "delay_p95": "p95",
    "alerts_per_week": "alerts a week",
    "immediate_per_week": "immediate",
    "false_per_1000_series_weeks": "false per 1,000 series-weeks",
    "repeated": "repeated",
}


def tables(document: Mapping[str, Any]) -> str:
    """Return the tables of a document of `suite.evaluated`: overall, of events, hard negatives.

    A score that a stored document of an earlier program lacks is empty.
    """
    detectors = list(document["detectors"])
    overall = [
        [name, *(shown(document["detectors"][name]["overall"].get(column)) for column in OVERALL)]
        for name in detectors
    ]
    rows = {name: rows_of(document, name) for name in detectors}
    own = rows[PRODUCT]
    events = [
        [
            label,
            str(row["events"]),
            *(shown(rows[name][label]["recall"]) for name in detectors),
            *(shown(row.get(column)) for column in ("recall_shown", "precision", "f1")),
        ]
        for label, row in own.items()
        if "recall" in row
    ]
    neutral = [
        [label, str(row["events"]), *(_alerted(rows[name][label]) for name in detectors)]
        for label, row in own.items()
        if "recall" not in row
    ]
    by_table = [
        [table, *(shown(row.get(column)) for column in OVERALL)]
        for table, row in document["by_table"].items()
    ]
    return "\n\n".join(
        [
            f"{document['trees']} trees; split {document['split'][:12]}.",
            _table(["detector", *OVERALL.values()], overall),
            _table([f"table ({PRODUCT})", *OVERALL.values()], by_table),
            _table(
                [
                    *("kind, magnitude: recall", "events", *detectors),
                    *(f"{column}, {PRODUCT}" for column in ("of what shows", "precision", "F1")),
                ],
                events,
            ),
            _table(["hard negative: alerts (share immediate)", "events", *detectors], neutral),
        ]
    )


def shown(value: float | Sequence[float | None] | None) -> str:
    """Return a figure, or a share with its interval.

    >>> shown(1.5), shown([0.5, 0.25, 0.75]), shown(None), shown([None] * 3)
    ('1.5', '0.50 (0.25-0.75)', '', '')
    """
    if value is None:
        return ""
    if not isinstance(value, Sequence):
        return f"{value:g}"
    middle, low, high = value
    return "" if middle is None else f"{middle:.2f} ({low:.2f}-{high:.2f})"


def _alerted(row: Mapping[str, Any]) -> str:
    share = row["share_immediate"][0]
    return f"{row['alerts']} ({share:.2f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
