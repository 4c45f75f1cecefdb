"""Summaries of runs (`RunSummary.document`) as tables and lines on a terminal.

`reported`: notes that the command has shown already, which are not repeated.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from schemas.alerts import SEVERITIES
from vaxwatch.commands.alert_commands import draw_alert
from vaxwatch.commands.plan_table import draw_plan
from vaxwatch.display import draw_table, plural, when
from vaxwatch.documents import Document

COUNTED = ("inserted", "updated", "deleted", "quarantined")
SHOWN = 20
"""Alerts of one run that are drawn on a screen; `alerts list` has all of them."""
RELEASES = 5
"""Held vintages, the newest, whose release is written out after a run."""
VERDICTS = {
    "new": "new",
    "unchanged": "nothing changed",
    "known": "here already",
    "held": "held back",
    "blocked": "blocked",
}


def draw_replay(console: Console, summary: Document, reported: Sequence[str] = ()) -> None:
    """Draw what a replay released, and what still waits."""
    _draw_unreadable(console, summary)
    _draw_changes(console, summary, reported)
    again = sum(one["verdict"] not in {"known", "blocked"} for one in summary["outcomes"])
    console.print(
        f"{summary['source']}: {plural(again, 'vintage')} parsed again; "
        f"{plural(summary['released'], 'fault')} released, {summary['waiting']:,} still there."
    )
    _draw_next_steps(console, summary["outcomes"])


def draw_rebuild(console: Console, summary: Document, reported: Sequence[str] = ()) -> None:
    """Draw what a rebuild did, or which vintages cannot be read."""
    _draw_unreadable(console, summary)
    if summary["failed"]:
        console.print(f"{summary['source']}: nothing was changed.")
        return
    _draw_changes(console, summary, reported)
    _draw_next_steps(console, summary["outcomes"])
    vintages = plural(len(summary["outcomes"]), "vintage")
    console.print(
        f"{summary['source']}: {vintages} parsed again, as commit {summary['number']}; "
        f"commit {summary['before']} has the previous figures."
    )


def draw_retraction(console: Console, summary: Document, reported: Sequence[str] = ()) -> None:
    """Draw what a retraction did, or its undoing."""
    _draw_unreadable(console, summary)
    vintage = f"{summary['source']} {summary['id']}"
    if summary["failed"]:
        console.print(f"{vintage} stays retracted: nothing was changed.")
        return
    _draw_changes(console, summary, reported)
    _draw_next_steps(console, summary["outcomes"])
    done = "is back" if summary["undone"] else "is retracted"
    console.print(
        f"{vintage} {done}, as commit {summary['number']}; "
        f"commit {summary['before']} has the previous figures."
    )


def draw_ingests(
    console: Console, summaries: Sequence[Document], reported: Sequence[str] = ()
) -> None:
    """Draw the outcome of each source's snapshot, then the alerts that it opened or changed."""
    outcomes = [one for summary in summaries for one in summary["outcomes"]]
    for outcome in outcomes:
        _draw_outcome(console, outcome)
    for summary in summaries:
        source = summary["source"]
        if summary["error"]:
            console.print(f"{source} failed; the reason is above.")
        for note in summary["notes"]:
            if note not in reported:
                is_named = note.startswith((f"{source}:", f"{source}."))
                console.print(note if is_named else f"{source}: {note}")
        _draw_pages(console, summary)
        draw_alerts(console, summary["alerts"])
    _draw_next_steps(console, outcomes)


def draw_backfill(
    console: Console, summary: Document, reported: Sequence[str] = (), *, dry_run: bool
) -> None:
    """Draw what a backfill did, or of a dry run its plan."""
    source, planned, outcomes = summary["source"], summary["planned"], summary["outcomes"]
    if dry_run:
        draw_plan(console, source, planned)
        return
    _draw_sums(console, outcomes)
    for failure in summary["failed"]:
        console.print(f"{failure['file']} failed: {failure['error']}")
    of_vintages = [(outcome["as_of"], note) for outcome in outcomes for note in outcome["notes"]]
    for as_of, note in of_vintages:
        console.print(f"{when(as_of)}: {note}")
    _draw_notes(console, summary, [*reported, *(note for _, note in of_vintages)])
    draw_alerts(console, summary["alerts"])
    counts = ", ".join(f"{summary[verdict]:,} {label}" for verdict, label in VERDICTS.items())
    ended = f"{len(summary['failed']):,} failed"
    left = len(planned) - len(outcomes) - len(summary["failed"])
    if summary.get("stopped") and left > 0:
        ended += f", {left:,} not asked for"
    console.print(f"{source}: {plural(len(planned), 'snapshot')}: {counts}; {ended}.")
    if summary.get("stopped"):
        console.print(f"{source}: stopped early. {summary['stopped']}")
    _draw_next_steps(console, outcomes)


def _draw_unreadable(console: Console, summary: Document) -> None:
    for failure in summary["failed"]:
        console.print(f"{failure['id']} cannot be read: {failure['error']}")


def _draw_changes(console: Console, summary: Document, reported: Sequence[str]) -> None:
    _draw_sums(console, summary["outcomes"])
    _draw_notes(console, summary, reported)
    draw_alerts(console, summary["alerts"])


def _draw_notes(console: Console, summary: Document, reported: Sequence[str]) -> None:
    for note in summary["notes"]:
        if note not in reported:
            console.print(note)
    _draw_pages(console, summary)


def _draw_pages(console: Console, summary: Document) -> None:
    unmet = {f"/{one['dataset'].replace('.', '/')}.html" for one in summary.get("unmet", ())}
    for page in summary.get("data_docs", ()):
        if page.endswith(tuple(unmet)):
            console.print(f"What was expected, and what was seen: {page}", soft_wrap=True)


def _draw_outcome(console: Console, outcome: Document) -> None:
    title = f"{outcome['source']} as of {when(outcome['as_of'])}: {VERDICTS[outcome['verdict']]}"
    if not outcome["tables"]:
        console.print(Text(title, style="bold"))
        return
    lines = [
        (table, counts["rows"], *(counts[name] for name in COUNTED))
        for table, counts in outcome["tables"].items()
    ]
    headings = ("table", ">rows", *(f">{name}" for name in COUNTED))
    draw_table(console, title, headings=headings, lines=lines)


def _draw_sums(console: Console, outcomes: Sequence[Document]) -> None:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        for table, counts in outcome["tables"].items():
            sums[f"{outcome['source']}.{table}"].update({name: counts[name] for name in COUNTED})
    if sums:
        headings = ("dataset", *(f">{name}" for name in COUNTED))
        lines = [(dataset, *(sum_of[name] for name in COUNTED)) for dataset, sum_of in sums.items()]
        draw_table(console, "Rows, over all vintages", headings=headings, lines=lines)


def draw_alerts(console: Console, alerts: Sequence[Document]) -> None:
    """Draw the worst alerts that a run opened or changed, silenced ones last; count the others."""
    weighty = sorted(
        alerts, key=lambda it: (it.get("state") == "silenced", -SEVERITIES.index(it["severity"]))
    )
    shown = [alert for alert in weighty if not alert["group"]][:SHOWN]
    for alert in shown:
        draw_alert(console, alert)
    if len(shown) < len(alerts):
        console.print(f"{plural(len(alerts) - len(shown), 'more alert')}: vaxwatch alerts list")


def _draw_next_steps(console: Console, outcomes: Sequence[Document]) -> None:
    fresh = [outcome for outcome in outcomes if outcome["verdict"] != "known"]
    tables = [counts for outcome in fresh for counts in outcome["tables"].values()]
    if waiting := sum(counts["quarantined"] for counts in tables):
        verb = "waits" if waiting == 1 else "wait"
        console.print(f"{plural(waiting, 'row')} {verb} in quarantine: vaxwatch quarantine list")
    held = [outcome for outcome in fresh if outcome["verdict"] == "held"]
    for outcome in held[-RELEASES:]:
        release = f"vaxwatch quarantine release {outcome['source']} {outcome['id']}"
        console.print(f"{outcome['id']} is held; if it is right: {release}", soft_wrap=True)
    if len(held) > RELEASES:
        console.print(f"Held as well: {plural(len(held) - RELEASES, 'older vintage')}.")
