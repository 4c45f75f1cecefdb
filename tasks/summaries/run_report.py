"""Run reports: a run summary as one line and as a page in Markdown.

Promises: nothing from a source becomes markup. A page stays below 100 kB, whatever a run did. A
link opens from another machine, or is no link.
"""

from collections.abc import Sequence
from typing import Final

from schemas.alerts import Alert
from schemas.records import Outcome
from schemas.wording import figure, percent
from tasks.runs.markdown_text import capped, code, link, plain
from tasks.runs.run_states import FAILED
from tasks.summaries.run_changes import ChangedFigure, RunChanges
from tasks.summaries.run_summary import NO_QUALITY, RunSummary

NO_CHANGES: Final = RunChanges()


def headline(summary: RunSummary) -> str:
    """Return a summary in one line: what there was how often.

    >>> headline(RunSummary(source="who_cases"))
    '0 alerts'
    """
    return ", ".join(summary.counts())


def markdown(
    summary: RunSummary, *, changes: RunChanges = NO_CHANGES, lake: str = "", base_url: str = ""
) -> str:
    """Return a summary as a page, for the artifact of a flow run.

    `lake`: its address. `base_url`: where people open the files of the lake; empty: nowhere, so
    that their addresses stand as plain text.
    """
    noted = [(one.as_of.isoformat(), note) for one in summary.outcomes for note in one.notes]
    reasons = [f"- **failed** `{code(one.name)}`: {plain(one.error)}" for one in summary.failed]
    reasons += [f"- **stopped early**: {plain(summary.stopped)}"] if summary.stopped else []
    error = getattr(summary, "error", None)
    reasons += [f"- **failed**: {plain(error)}"] if error else []
    notes = [f"- {as_of}: {plain(note)}" for as_of, note in noted]
    notes += [f"- {plain(note)}" for note in summary.run_notes]
    parts = [
        [f"# {code(summary.source)}: {summary.state_name}", f"{headline(summary)}."],
        capped(reasons),
        _section("Validation", _validation(summary.outcomes, changes)),
        _section("Changed figures, worst first", _figures(changes)),
        _section("Alerts", capped([*map(_alert_line, summary.alerts)])),
        _section("Notes", capped(notes)),
        _section("Files", capped(_files(summary, lake, base_url))),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def failure_page(about: str, error: str) -> str:
    """Return the page of a run that ended by an error; `error`: its sentence."""
    return f"# {code(about)}: {FAILED}\n\n{plain(error)}"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines] if lines else []


def _validation(outcomes: Sequence[Outcome], changes: RunChanges) -> list[str]:
    """Return a table with a row per table of each snapshot, the newest snapshot first."""
    rows = [
        f"| {name} | {one.verdict} | {counts.rows:,} | {counts.inserted:,} | {counts.updated:,} | "
        f"{counts.deleted:,} | {counts.quarantined:,} | "
        f"{_flags(changes, f'{one.source}.{name}', is_newest=one is outcomes[-1])} | `{one.id}` |"
        for one in reversed(outcomes)
        for name, counts in (one.tables or {"": None}).items()
        if counts is not None
    ]
    rows += [f"| | {one.verdict} | | | | | | | `{one.id}` |" for one in outcomes if not one.tables]
    if not rows:
        return []
    head = "| table | verdict | rows | new | changed | gone | quarantined | flags | vintage |"
    shown = capped(rows)
    cells = [row if row.startswith("|") else f"| {row[2:]} | | | | | | | | |" for row in shown]
    return [head, "|---|---|---:|---:|---:|---:|---:|---:|---|", *cells]


def _flags(changes: RunChanges, dataset: str, *, is_newest: bool) -> str:
    return f"{changes.flags.get(dataset, 0):,}" if is_newest else ""


def _figures(changes: RunChanges) -> list[str]:
    if not changes.figures:
        return []
    rows = [
        f"| {plain(one.dataset)} | {plain(key_text(one))} | {plain(one.column)} | "
        f"{plain(shown(one.before, one.before_text, one.column))} | "
        f"{plain(shown(one.after, one.after_text, one.column))} | {change_text(one)} |"
        for one in changes.figures
    ]
    more = changes.total - len(changes.figures)
    rows += [f"| and {more:,} more | | | | | |"] if more else []
    return [
        "| dataset | key | figure | before | now | change |",
        "|---|---|---|---:|---:|---:|",
        *rows,
    ]


def key_text(one: ChangedFigure) -> str:
    """Return the key of a figure as text."""
    return ", ".join(value for value in one.key.values() if value != "unspecified")


def shown(number: float | None, text: str | None, column: str) -> str:
    """Return a figure as people read it; its text where it is no number.

    >>> (
    ...     shown(1540800.0, "1540800", "doses"),
    ...     shown(None, "2022-02-10", "day"),
    ...     shown(None, None, ""),
    ... )
    ('1,540,800', '2022-02-10', 'no figure')
    """
    return figure(number, column) if number is not None or text is None else text


def change_text(one: ChangedFigure) -> str:
    """Return the relative change of a figure, empty where it has none."""
    return "" if one.rel_change is None else percent(one.rel_change)


def _alert_line(alert: Alert) -> str:
    silenced = ", silenced" if alert.state == "silenced" else ""
    label = f"{alert.confidence}{silenced}, {alert.rule}"
    return f"- **{alert.severity}** ({label}): {plain(alert.sentence)}"


def _files(summary: RunSummary, lake: str, base_url: str) -> list[str]:
    """Return the files that the run published: of tables with something new, pages, others."""
    pages = (summary.quality or NO_QUALITY).data_docs
    tables = dict.fromkeys(
        (one.source, name)
        for one in summary.outcomes
        if one.verdict in {"new", "held"}
        for name in one.tables
    )
    named = [(f"{source}.{table}", f"{source}/{table}/latest.parquet") for source, table in tables]
    named += map(_page, pages)
    named += [("alerts", "alerts/alerts.parquet")] if summary.alerts else []
    named += summary.files
    return [f"- {link(name, key, lake=lake, base_url=base_url)}" for name, key in named]


def _page(address: str) -> tuple[str, str]:
    """Return name and key of a page of the Data Docs."""
    folder, source, page = address.split("/")[-3:]
    return f"Data Docs of {source}.{page.removesuffix('.html')}", f"{folder}/{source}/{page}"
