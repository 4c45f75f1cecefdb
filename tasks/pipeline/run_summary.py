"""
Report: what a run did, as JSON values for programs and as Markdown for people.

Promises: a summary is small (ids, counts, sentences) and holds JSON values only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from schemas.alerts import Alert
from schemas.records import Outcome
from tasks.pipeline.backfill import ChunkResult, PlannedSnapshot

VERDICTS = ("new", "unchanged", "known", "held", "blocked")
BLOCKED = "ContractBroken"
"""The state of a run in which a snapshot was blocked; all others are states of completed runs."""
Summary = dict[str, Any]


def ingest_summary(source: str, outcomes: Sequence[Outcome], alerts: Iterable[Alert]) -> Summary:
    """Return what one ingest did: source, outcomes, alerts (opened or changed by it), notes."""
    return {
        "source": source,
        "outcomes": [_outcome(outcome) for outcome in outcomes],
        "alerts": [alert.document() for alert in alerts],
        "notes": [note for outcome in outcomes for note in outcome.notes],
    }


def backfill_summary(
    source: str,
    planned: Iterable[PlannedSnapshot],
    *,
    taken: Sequence[ChunkResult],
    alerts: Iterable[Alert],
) -> Summary:
    """
    Return what a backfill did: as of an ingest, with planned, failed and a count by verdict.

    `id` is null where only the bytes can tell it; `stopped` says why the run ended early, null when
    it did not.
    """
    outcomes = [outcome for chunk in taken for outcome in chunk.outcomes]
    counts = Counter(outcome.verdict for outcome in outcomes)
    return {
        **ingest_summary(source, outcomes, alerts),
        "planned": [
            {
                "id": plan.id,
                "as_of": plan.candidate.retrieved_at.isoformat(),
                "file": plan.candidate.name,
            }
            for plan in planned
        ],
        "failed": [
            {**asdict(one), "as_of": one.as_of.isoformat()}
            for chunk in taken
            for one in chunk.failed
        ],
        "stopped": next((chunk.stopped for chunk in taken if chunk.stopped), None),
        **{verdict: counts[verdict] for verdict in VERDICTS},
    }


def verdict(summary: Mapping[str, Any]) -> str:
    """
    Return the name of the state in which a run with this summary ends.

    ContractBroken: a snapshot was blocked. Quarantined: something was quarantined or held, or a
    snapshot failed or was not asked for. Unchanged: nothing new.

    >>> verdict({"outcomes": []})
    'Unchanged'
    """
    fresh = [outcome for outcome in summary["outcomes"] if outcome["verdict"] != "known"]
    bad = [rows for outcome in fresh for rows in outcome["tables"].values() if rows["quarantined"]]
    verdicts = {outcome["verdict"] for outcome in fresh}
    if "blocked" in verdicts:
        return BLOCKED
    if bad or "held" in verdicts or summary.get("failed") or summary.get("stopped"):
        return "Quarantined"
    return "Completed" if "new" in verdicts else "Unchanged"


def headline(summary: Mapping[str, Any]) -> str:
    """
    Return a summary in one line.

    >>> headline({"outcomes": [{"verdict": "new"}, {"verdict": "new"}], "alerts": [], "notes": []})
    '2 new, 0 alerts'
    """
    counts = Counter(outcome["verdict"] for outcome in summary["outcomes"])
    told = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
    if failed := summary.get("failed"):
        told.append(f"{len(failed)} failed")
    if summary.get("stopped"):
        told.append("stopped early")
    silent = sum(alert["state"] == "silenced" for alert in summary["alerts"])
    alerts = len(summary["alerts"]) - silent
    told.append(f"{alerts} alert{'' if alerts == 1 else 's'}")
    return ", ".join([*told, f"{silent} silenced"] if silent else told)


def markdown(summary: Mapping[str, Any]) -> str:
    """Return a summary as a page for the run's artifact."""
    lines = [f"# {summary['source']}", "", f"{headline(summary)}.", ""]
    lines += [_vintage_line(outcome) for outcome in summary["outcomes"]]
    lines += [f"- **failed** `{one['file']}`: {one['error']}" for one in summary.get("failed", [])]
    lines += [f"- **stopped early**: {summary['stopped']}"] if summary.get("stopped") else []
    lines += [f"- {one['as_of']}: {note}" for one in summary["outcomes"] for note in one["notes"]]
    of_vintages = {note for one in summary["outcomes"] for note in one["notes"]}
    lines += [f"- {note}" for note in summary["notes"] if note not in of_vintages]
    lines += [f"- Data Docs: {_link(page)}" for page in summary.get("data_docs", ())]
    if summary["alerts"]:
        lines += ["", "## Alerts", ""]
    lines += [
        f"- **{alert['severity']}** ({_doubts(alert)}, {alert['rule']}): {alert['sentence']}"
        for alert in summary["alerts"]
    ]
    return "\n".join(lines)


def _link(page: str) -> str:
    """
    Return a link to the page of a dataset; a path becomes an address that a browser knows.

    >>> _link("s3://bucket/lake/data-docs/who_cases/cases.html")
    '[who_cases.cases](<s3://bucket/lake/data-docs/who_cases/cases.html>)'
    >>> _link("/my lake/data-docs/who_cases/cases.html")
    '[who_cases.cases](<file:///my%20lake/data-docs/who_cases/cases.html>)'
    """
    address = page if "://" in page else Path(page).absolute().as_uri()
    source, table = page.removesuffix(".html").split("/")[-2:]
    return f"[{source}.{table}](<{address}>)"


def _doubts(alert: Mapping[str, Any]) -> str:
    silent = ", silenced" if alert["state"] == "silenced" else ""
    return f"{alert['confidence']}{silent}"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "source": outcome.source,
        "id": outcome.id,
        "as_of": outcome.as_of.isoformat(),
        "verdict": outcome.verdict,
        "tables": {name: asdict(counts) for name, counts in outcome.tables.items()},
        "notes": list(outcome.notes),
    }


def _vintage_line(outcome: Mapping[str, Any]) -> str:
    tables = "; ".join(
        f"{name} {counts['rows']:,} rows (+{counts['inserted']:,} ~{counts['updated']:,} "
        f"-{counts['deleted']:,}, {counts['quarantined']:,} in quarantine)"
        for name, counts in outcome["tables"].items()
    )
    return f"- `{outcome['id']}` **{outcome['verdict']}**: {tables}"
