"""The commands `alerts list` and `alerts show`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.text import Text

from schemas.alerts import ACTIONS, SEVERITIES, Alert, State
from schemas.errors import UnknownName, WrongUse
from schemas.wording import listed, printable
from tasks.alerts.actions import note_of
from tasks.alerts.alert_proof import alert_proof
from tasks.alerts.published_alerts import table_fault
from tasks.alerts.waiver_config import expired
from vaxwatch.alert_drawing import draw_proof
from vaxwatch.commands.alert_filters import (
    AlertFilter,
    country_codes,
    known_names,
    known_rules,
    known_sources,
    since_of,
)
from vaxwatch.commands.command_runner import DONE, NEEDS_ATTENTION, Run, command, sentence
from vaxwatch.commands.name_arguments import complete_source
from vaxwatch.console import report
from vaxwatch.display import draw_wrapped, plural, when
from vaxwatch.documents import Document, plain
from vaxwatch.reader import open_lake

INDENT = 2
"""Columns by which further lines of an alert are indented."""
SHORT = 12
"""Digits of a fingerprint that lists show."""
COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}
Severities = StrEnum("Severities", list(SEVERITIES))
States = StrEnum("States", list(get_args(State)))


@command
def alerts_list(  # noqa: PLR0913 (one parameter per option, by the design of Typer)
    run: Run,
    state: Annotated[
        list[States] | None, typer.Option("--state", help="Only these; may be repeated.")
    ] = None,
    severity: Annotated[
        list[Severities] | None, typer.Option("--severity", help="Only these; may be repeated.")
    ] = None,
    *,
    is_open: Annotated[bool, typer.Option("--open", help="As --state open.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Of that day or later.")
    ] = None,
    is_new: Annotated[
        bool, typer.Option("--new", help="Opened by the newest vintage of its source.")
    ] = False,
    country: Annotated[
        list[str] | None, typer.Option("--country", help="Code or name; may be repeated.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source", help="Only these; may be repeated.", autocompletion=complete_source
        ),
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Only these; may be repeated.")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Those of new sources and rules, and no others.")
    ] = False,
) -> int:
    """List the alerts as they stand, newest first; all filters must hold."""
    chosen = AlertFilter(
        states=[*(state or []), *([States["open"]] if is_open else [])],
        severities=severity or [],
        since=since_of(since),
        is_new=is_new,
        countries=country_codes(country or []),
        sources=known_names("--source", source, known_sources()) if source else (),
        rules=known_names("--rule", rule, known_rules()) if rule else (),
    )
    fitting = [*chosen.chosen(open_lake(run.lake))]
    listed = [alert for alert in fitting if (alert.origin == "shadow") is shadow]
    for note in expired(run.settings.waivers, datetime.now(UTC).date()):
        report(note)
    document, others = [alert.document() for alert in listed], len(fitting) - len(listed)
    in_shadow = 0 if shadow else others
    run.answer(document, lambda console: _draw_list(console, document, in_shadow))
    return _noted_fault(run)


@command
def alerts_show(
    run: Run,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="Or how it begins.")],
) -> int:
    """Show one alert with every step of its life and the evidence."""
    lake = open_lake(run.lake)
    alert = alert_named(lake.alert_records(), fingerprint)
    events = lake.events(alert.fingerprint)
    document = alert.document() | {
        "events": plain(events),
        "waiver": plain(lake.silencing(alert)),
        "context": plain(lake.reports_near(alert)),
        **alert_proof(lake.store, alert, events, address=run.lake),
    }
    run.answer(document, lambda console: _draw_life(console, document))
    return _noted_fault(run)


def _noted_fault(run: Run) -> int:
    """Return the exit code: the log is whole, but the table that programs and pages read is not."""
    fault = table_fault(open_lake(run.lake).store)
    if fault is None:
        return DONE
    report(f"vaxwatch: {sentence(fault)}")
    return NEEDS_ATTENTION


def alert_named(alerts: Sequence[Alert], fingerprint: str) -> Alert:
    """Return the alert whose fingerprint begins so.

    Raises UnknownName; WrongUse for several, and for an empty one, such as a variable that is not
    set, which would be the only alert of a lake.
    """
    if not fingerprint.strip():
        raise WrongUse("FINGERPRINT is empty; expected how one begins, as `alerts list` shows it.")
    found = [alert for alert in alerts if alert.fingerprint.startswith(fingerprint.lower())]
    if not found:
        raise UnknownName("alert", fingerprint, [alert.fingerprint[:SHORT] for alert in alerts])
    if len(found) > 1:
        shown = listed([alert.fingerprint[:SHORT] for alert in found], 5)
        begins = f"'{fingerprint}' begins {len(found)} fingerprints: {shown}."
        raise WrongUse(f"{begins} Give more digits.")
    return found[0]


def draw_alert(console: Console, alert: Document, lead: str | None = None) -> None:
    """Draw one alert: its day (or `lead`), severity and sentence, wrapped under itself."""
    states = [alert["confidence"], alert.get("state", "open")]
    doubts = "".join(f" [{state}]" for state in states if state not in {"confirmed", "open"})
    day = f"{when(alert['as_of'])} " if lead is None else lead
    word = alert["severity"]
    severity = (word, COLOURS.get(word, ""))
    text = Text.assemble(day, severity, " ", printable(alert["sentence"]), (doubts, "dim"))
    draw_wrapped(console, text, indent=INDENT, lead="")


def _draw_list(console: Console, listed: Sequence[Document], in_shadow: int) -> None:
    for alert in listed:
        console.print(Text(alert["fingerprint"][:SHORT], style="bold"), alert["rule"])
        draw_alert(console, alert)
    silent = sum(alert["state"] == "silenced" for alert in listed)
    count = plural(len(listed) - silent, "alert") if len(listed) > silent else "No alert"
    console.print(f"{count}, and {silent:,} silenced." if silent else f"{count}.")
    if in_shadow:
        console.print(f"{plural(in_shadow, 'alert')} in shadow: vaxwatch alerts list --shadow")


def _draw_life(console: Console, alert: Document) -> None:
    console.print(Text(alert["fingerprint"], style="bold"))
    key = ", ".join(f"{name} {value}" for name, value in alert["key"].items()) or "the whole source"
    console.print(
        f"{alert['rule']} on {alert['dataset']}: {key}, {alert['column'] or 'all figures'}"
    )
    draw_alert(console, alert)
    if alert["group"]:
        wider = f"Part of a wider alert: vaxwatch alerts show {alert['group'][:SHORT]}"
        draw_wrapped(console, Text(wider), indent=INDENT, lead="")
    if alert["note"]:
        draw_wrapped(console, Text(printable(alert["note"])), indent=INDENT, lead="")
    for reported in alert["context"]:
        draw_wrapped(console, Text(printable(reported["sentence"])), indent=INDENT, lead="")
    draw_proof(console, alert)
    for event in alert["events"]:
        console.print()
        if event["kind"] in ACTIONS:
            note = printable(note_of(event["kind"], event["evidence"]))
            draw_wrapped(console, Text(note), indent=INDENT, lead="")
            continue
        console.print(f"{event['kind']} by {event['id']}")
        draw_alert(console, event)
        for name, value in event["evidence"].items():
            proof = printable(f"{name}: {json.dumps(value, ensure_ascii=False)}")
            draw_wrapped(console, Text(proof, style="dim"), indent=2 * INDENT)
