"""Summary tables: run summaries as tables and lines on a terminal.

A summary comes as its JSON document (`RunSummary.document`). `reported`: notes that the command has
shown already, which are not repeated.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from schemas.alerts import SEVERITIES
from vaxwatch.commands.alert_commands import draw_alert
from vaxwatch.display import draw_table, plural, when
from vaxwatch.documents import Document

COUNTED = ("inserted", "updated", "deleted", "quarantined")
SHOWN = 20
"""Alerts of one run that are drawn on a screen; `alerts list` has all of them."""
NO_ID_YET = "known after download"
"""Shown instead of the id of a snapshot that was never downloaded."""
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
    for failure in summary["failed"]:
        console.print(f"{failure['id']} cannot be read: {failure['error']}")
    _draw_sums(console, summary["outcomes"])
    _draw_notes(console, summary, reported)
    draw_alerts(console, summary["alerts"])
    again = [one for one in summary["outcomes"] if one["verdict"] not in {"known", "blocked"}]
    console.print(
        f"{summary['source']}: {plural(len(again), 'vintage')} parsed again; "
        f"{plural(summary['released'], 'fault')} released, {summary['waiting']:,} still there."
    )
    draw_next_steps(console, summary["outcomes"])


def draw_rebuild(console: Console, summary: Document, reported: Sequence[str] = ()) -> None:
    """Draw what a rebuild did, or which vintages cannot be read."""
    for failure in summary["failed"]:
        console.print(f"{failure['id']} cannot be read: {failure['error']}")
    if summary["failed"]:
        console.print(f"{summary['source']}: nothing was changed.")
        return
    _draw_sums(console, summary["outcomes"])
    _draw_notes(console, summary, reported)
    draw_alerts(console, summary["alerts"])
    draw_next_steps(console, summary["outcomes"])
    vintages = plural(len(summary["outcomes"]), "vintage")
    console.print(
        f"{summary['source']}: {vintages} parsed again, as commit {summary['number']}; "
        f"commit {summary['before']} has the previous figures."
    )


def draw_ingests(
    console: Console, summaries: Sequence[Document], reported: Sequence[str] = ()
) -> None:
    """Draw the outcome of each source's snapshot, then the alerts that it opened or changed."""
    draw_outcomes(console, [one for summary in summaries for one in summary["outcomes"]])
    for summary in summaries:
        if summary["error"]:
            console.print(f"{summary['source']} failed; the reason is above.")
        for note in _left(summary["notes"], reported):
            console.print(_named(summary["source"], note))
        _draw_pages(console, summary)
        draw_alerts(console, summary["alerts"])
    draw_next_steps(console, [one for summary in summaries for one in summary["outcomes"]])


def _draw_notes(console: Console, summary: Document, reported: Sequence[str]) -> None:
    """Draw the notes that were not reported yet, then the pages that explain them."""
    for note in _left(summary["notes"], reported):
        console.print(note)
    _draw_pages(console, summary)


def _draw_pages(console: Console, summary: Document) -> None:
    """Draw the Data Docs pages that show unmet expectations."""
    unmet = {f"/{one['dataset'].replace('.', '/')}.html" for one in summary.get("unmet", ())}
    for page in summary.get("data_docs", ()):
        if page.endswith(tuple(unmet)):
            console.print(f"What was expected, and what was seen: {page}", soft_wrap=True)


def _named(source: str, note: str) -> str:
    """Return a note that begins with the name of its source."""
    return note if note.startswith((f"{source}:", f"{source}.")) else f"{source}: {note}"


def _left(notes: Iterable[str], reported: Sequence[str]) -> list[str]:
    """Return the notes that were not reported yet."""
    return [note for note in notes if note not in reported]


def draw_backfill(
    console: Console, summary: Document, reported: Sequence[str] = (), *, dry_run: bool
) -> None:
    """Draw what a backfill did, or of a dry run its plan."""
    planned = summary["planned"]
    if dry_run:
        lines = [(plan["id"] or NO_ID_YET, when(plan["as_of"]), plan["file"]) for plan in planned]
        title = f"{summary['source']}: {plural(len(planned), 'snapshot')} would be taken"
        draw_table(console, title, headings=("id", "as of", "file"), lines=lines)
        return
    _draw_sums(console, summary["outcomes"])
    for failure in summary["failed"]:
        console.print(f"{failure['file']} failed: {failure['error']}")
    for outcome in summary["outcomes"]:
        for note in outcome["notes"]:
            console.print(f"{when(outcome['as_of'])}: {note}")
    of_vintages = [note for outcome in summary["outcomes"] for note in outcome["notes"]]
    _draw_notes(console, summary, [*reported, *of_vintages])
    draw_alerts(console, summary["alerts"])
    counts = ", ".join(f"{summary[verdict]:,} {label}" for verdict, label in VERDICTS.items())
    taken = plural(len(planned), "snapshot")
    ended = f"{len(summary['failed']):,} failed"
    if left := _not_asked_for(summary):
        ended += f", {left:,} not asked for"
    console.print(f"{summary['source']}: {taken}: {counts}; {ended}.")
    if summary.get("stopped"):
        console.print(f"{summary['source']}: stopped early. {summary['stopped']}")
    draw_next_steps(console, summary["outcomes"])


def _not_asked_for(summary: Document) -> int:
    """Return how many planned snapshots were not requested since the run stopped early."""
    dealt_with = len(summary["outcomes"]) + len(summary["failed"])
    return max(0, len(summary["planned"]) - dealt_with) if summary.get("stopped") else 0


def draw_outcomes(console: Console, outcomes: Sequence[Document]) -> None:
    """Draw the changed rows of each vintage by table."""
    for outcome in outcomes:
        lines = [
            (table, counts["rows"], *(counts[name] for name in COUNTED))
            for table, counts in outcome["tables"].items()
        ]
        verdict = VERDICTS[outcome["verdict"]]
        title = f"{outcome['source']} as of {when(outcome['as_of'])}: {verdict}"
        headings = ("table", ">rows", *(f">{name}" for name in COUNTED))
        if lines:
            draw_table(console, title, headings=headings, lines=lines)
        else:
            console.print(Text(title, style="bold"))


def _draw_sums(console: Console, outcomes: Sequence[Document]) -> None:
    """Draw the changed rows of all vintages, one line per dataset."""
    sums: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        for table, counts in outcome["tables"].items():
            dataset = sums.setdefault(f"{outcome['source']}.{table}", dict.fromkeys(COUNTED, 0))
            for name in COUNTED:
                dataset[name] += counts[name]
    headings = ("dataset", *(f">{name}" for name in COUNTED))
    lines = [(dataset, *counts.values()) for dataset, counts in sums.items()]
    if lines:
        draw_table(console, "Rows, over all vintages", headings=headings, lines=lines)


def draw_alerts(console: Console, alerts: Sequence[Document]) -> None:
    """Draw the worst alerts that a run opened or changed, silenced ones last; count the others."""
    weighty = sorted(alerts, key=_weight)
    shown = [alert for alert in weighty if not alert["group"]][:SHOWN]
    for alert in shown:
        draw_alert(console, alert)
    if len(shown) < len(alerts):
        console.print(f"{plural(len(alerts) - len(shown), 'more alert')}: vaxwatch alerts list")


def _weight(alert: Document) -> tuple[bool, int]:
    return alert.get("state") == "silenced", -SEVERITIES.index(alert["severity"])


def draw_next_steps(console: Console, outcomes: Sequence[Document]) -> None:
    """Draw the next step for new rows in quarantine and newly held vintages."""
    fresh = [outcome for outcome in outcomes if outcome["verdict"] != "known"]
    if waiting := sum(map(quarantined, fresh)):
        verb = "waits" if waiting == 1 else "wait"
        console.print(f"{plural(waiting, 'row')} {verb} in quarantine: vaxwatch quarantine list")
    held = [outcome for outcome in fresh if outcome["verdict"] == "held"]
    for outcome in held[-RELEASES:]:
        release = f"vaxwatch quarantine release {outcome['source']} {outcome['id']}"
        console.print(f"{outcome['id']} is held; if it is right: {release}", soft_wrap=True)
    if len(held) > RELEASES:
        console.print(f"Held as well: {plural(len(held) - RELEASES, 'older vintage')}.")


def quarantined(outcome: Document) -> int:
    """Return how many of a snapshot's rows are in quarantine."""
    return sum(counts["quarantined"] for counts in outcome["tables"].values())
