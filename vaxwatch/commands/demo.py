"""The demo's one screen: what came in, what was found, what to open, what to type next."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pkgutil import resolve_name
from shlex import quote

from rich.console import Console
from rich.text import Text

from tasks.summaries.run_summary import RunSummary
from vaxwatch.commands.alert_commands import draw_alert
from vaxwatch.commands.command_runner import Run, waiting
from vaxwatch.display import draw_table, plural, when
from vaxwatch.documents import Document
from vaxwatch.reader import Lake

ARCHIVES = ("unicef_market", "covax_allocations", "who_searo_testing", "covax_offers")
"""The sources of which the embedded archive has snapshots, in the order of the demo."""
NEXT = (
    "vaxwatch asof unicef_market.allocations 2022-02-01",
    "vaxwatch diff unicef_market.allocations 2022-02-01 2022-02-10",
    "vaxwatch history unicef_market.allocations --where iso3=PRK",
    "vaxwatch alerts list --severity critical",
)
"""Commands that answer on the lake that the demo has filled."""


def render_demo(run: Run, lake: Lake, *, tracked: bool) -> None:
    """Render the site of the demo's lake, as a tracked run where the others are."""
    with waiting(run, "Render the site"):
        if tracked:
            resolve_name("flows.render_site:render_site")(run.lake)
        else:
            render = resolve_name("tasks.lake_runs.render_site:render_pages")
            render(lake.store, at=datetime.now(UTC))


def demo_document(lake: Lake, address: str, summaries: Sequence[RunSummary]) -> Document:
    """Return what `demo` answers: lake, new, datasets, alerts, alerts_path, site, next.

    `summaries`: what each backfill returned. `new`: vintages that this run added. `site`: the front
    page. `next`: commands to type.
    """
    where = "" if address == "./lake" else f" --lake {quote(address)}"
    folder = address.rstrip("/")
    there = lake.datasets()
    names = [name for source in ARCHIVES for name in there if name.startswith(f"{source}.")]
    return {
        "lake": address,
        "new": sum(
            outcome.verdict != "known" for summary in summaries for outcome in summary.outcomes
        ),
        "datasets": [_dataset(lake, folder, name) for name in names],
        "alerts": [alert.document() for alert in reversed(lake.alert_records())],
        "alerts_path": f"{folder}/alerts/alerts.parquet",
        "site": f"{folder}/site/index.html",
        "next": [command + where for command in NEXT],
    }


def _dataset(lake: Lake, folder: str, name: str) -> Document:
    vintages = lake.vintages(name)
    return {
        "dataset": name,
        "path": f"{folder}/{name.replace('.', '/')}/latest.parquet",
        "vintages": vintages.height,
        "rows": vintages["rows"][-1],
        "quarantined": vintages["quarantined"].sum(),
        "first_as_of": vintages["as_of"][0].isoformat(),
        "last_as_of": vintages["as_of"][-1].isoformat(),
    }


def draw_demo(console: Console, document: Document) -> None:
    """Draw everything on one screen."""
    new = document["new"]
    title = f"{plural(new, 'vintage')} ingested" if new else "Nothing new: every vintage was here"
    headings = (">vintages", "from", "to", ">rows now", "open with DuckDB, pandas, Power BI, …")
    lines = [
        (it["vintages"], when(it["first_as_of"]), when(it["last_as_of"]), it["rows"], it["path"])
        for it in document["datasets"]
    ]
    draw_table(console, title, headings=headings, lines=lines)
    own = [alert for alert in document["alerts"] if not alert["group"]]
    inside = len(document["alerts"]) - len(own)
    silent = sum(alert["state"] == "silenced" for alert in own)
    count = plural(len(own) - silent, "alert")
    count += f", {silent:,} silenced" if silent else ""
    count += f", and {inside:,} inside a group" if inside else ""
    console.print()
    console.print(Text(f"{count}: {document['alerts_path']}", style="bold"))
    for alert in own:
        draw_alert(console, alert, "")
    console.print()
    console.print(Text(f"Open in a browser: {document['site']}", style="bold"))
    console.print(Text("Type next", style="bold"))
    for command in document["next"]:
        console.print(f"  {command}")
