"""Run reports: a run summary as one line and as a page."""

from pathlib import Path

from schemas.alerts import Alert
from schemas.records import Outcome
from tasks.pipeline.run_summary import NO_QUALITY, RunSummary


def headline(summary: RunSummary) -> str:
    """Return a summary in one line: what there was how often.

    >>> headline(RunSummary(source="who_cases"))
    '0 alerts'
    """
    return ", ".join(summary.counts())


def markdown(summary: RunSummary) -> str:
    """Return a summary as a page, for the artifact of a flow run."""
    noted = [(one.as_of.isoformat(), note) for one in summary.outcomes for note in one.notes]
    pages = (summary.quality or NO_QUALITY).data_docs
    lines = [f"# {summary.source}", "", f"{headline(summary)}.", ""]
    lines += [_outcome_line(outcome) for outcome in summary.outcomes]
    lines += [f"- **failed** `{one.name}`: {one.error}" for one in summary.failed]
    lines += [f"- **stopped early**: {summary.stopped}"] if summary.stopped else []
    lines += [f"- {as_of}: {note}" for as_of, note in noted]
    lines += [f"- {note}" for note in summary.run_notes]
    lines += [f"- Data Docs: {_link(page)}" for page in pages]
    lines += ["", "## Alerts", ""] if summary.alerts else []
    return "\n".join([*lines, *map(_alert_line, summary.alerts)])


def failure_page(source: str, error: str) -> str:
    """Return the page of a run that ended by an error; `error`: its sentence."""
    return f"# {source}\n\nFailed: {error}"


def _link(page: str) -> str:
    """Return a Markdown link to the page of a dataset; a path becomes a file:// address.

    >>> _link("s3://bucket/lake/data-docs/who_cases/cases.html")
    '[who_cases.cases](<s3://bucket/lake/data-docs/who_cases/cases.html>)'
    >>> _link("/my lake/data-docs/who_cases/cases.html")
    '[who_cases.cases](<file:///my%20lake/data-docs/who_cases/cases.html>)'
    """
    address = page if "://" in page else Path(page).absolute().as_uri()
    source, table = page.removesuffix(".html").split("/")[-2:]
    return f"[{source}.{table}](<{address}>)"


def _alert_line(alert: Alert) -> str:
    silenced = ", silenced" if alert.state == "silenced" else ""
    label = f"{alert.confidence}{silenced}, {alert.rule}"
    return f"- **{alert.severity}** ({label}): {alert.sentence}"


def _outcome_line(outcome: Outcome) -> str:
    tables = "; ".join(
        f"{name} {counts.rows:,} rows (+{counts.inserted:,} ~{counts.updated:,} "
        f"-{counts.deleted:,}, {counts.quarantined:,} in quarantine)"
        for name, counts in outcome.tables.items()
    )
    return f"- `{outcome.id}` **{outcome.verdict}**: {tables}"
