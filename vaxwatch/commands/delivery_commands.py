"""The commands `deliver` and `alerts test-target`."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from schemas.errors import UnknownName, WrongUse
from schemas.wording import printable
from tasks.delivery.addresses import address_of, require_usable, shown_address
from tasks.delivery.delivery_report import TargetReport
from tasks.delivery.run_delivery import Options, alert_state, run_delivery
from tasks.delivery.send_failed import SendFailed
from tasks.delivery.senders import send
from tasks.delivery.targets import Target
from tasks.delivery.trial_message import trial_message
from vaxwatch.commands.command_runner import (
    DONE,
    FAILED,
    NEEDS_ATTENTION,
    Run,
    command,
    report_waivers,
    waiting,
)
from vaxwatch.display import draw_wrapped, plural
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake

SHORT = 12
"""Digits of a message's id that are shown."""
WORDS = {
    "sent": "sent",
    "due": "would be sent",
    "waits": "waits",
    "withdrawn": "not sent, overtaken",
    "dead": "given up",
}


@command
def deliver(
    run: Run,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is due and what waits; send nothing.")
    ] = False,
    target: Annotated[
        list[str] | None, typer.Option("--target", metavar="NAME", help="Only it; may be repeated.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Try messages that were given up once more.")
    ] = False,
) -> int:
    """Send the alerts that are due to their targets, and bring the feeds up to date."""
    if dry_run and again:
        raise WrongUse("--again sends, and --dry-run does not: give one of them.")
    from tasks.summaries.lake_summaries import DeliverSummary  # noqa: PLC0415 (`test-target` is light)
    from vaxwatch.commands.recorded_runs import run_recorded  # noqa: PLC0415 (it imports parsers)

    targets = _targets(run, target or [])
    lake = open_lake(run.lake)
    report_waivers(run)
    now = datetime.now(UTC)
    options = Options(
        environment=os.environ,
        clock=lambda: datetime.now(UTC),
        is_dry=dry_run,
        revive=again,
        is_whole=not target,
    )

    def act() -> DeliverSummary:
        state = alert_state(lake.store, run.settings.waivers, now)
        reports = run_delivery(lake.store, state, targets, options)
        return DeliverSummary(source="alerts", reports=reports)

    with waiting(run, "deliver"):
        summary = (
            act()
            if dry_run
            else run_recorded(run, "deliver", act, store=lake.store, about="alerts", at=now)
        )
    reports = summary.reports
    document = [report.document() for report in reports]
    run.answer(document, lambda console: _draw(console, document, dry_run=dry_run))
    return _code(reports, dry_run=dry_run)


@command
def test_target(
    run: Run, name: Annotated[str, typer.Argument(metavar="NAME", help="Of a target.")]
) -> int:
    """Send a marked test message to a target, past the outbox."""
    target = _targets(run, [name])[0]
    address = address_of(target, os.environ)
    require_usable(target, address)
    document = {"target": name, "address": shown_address(target, address), "sent": True, "why": ""}
    try:
        send(target, address, trial_message(target.name, datetime.now(UTC)))
    except SendFailed as error:
        document |= {"sent": False, "why": str(error)}
    run.answer(document, lambda console: _draw_test(console, document))
    return DONE if document["sent"] else FAILED


def _targets(run: Run, names: Sequence[str]) -> list[Target]:
    """Return the targets of these names, all without a name. Raises WrongUse, UnknownName."""
    known = {target.name: target for target in run.settings.targets}
    for name in names:
        if name not in known:
            raise UnknownName("target", name, sorted(known))
    if not known:
        raise WrongUse(
            "No target is configured. Write a [[targets]] table with name and url_env into "
            "vaxwatch.toml; docs/alerts.md has examples. The feeds under alerts/ need none."
        )
    return [known[name] for name in dict.fromkeys(names)] or list(known.values())


def _code(reports: Sequence[TargetReport], *, dry_run: bool) -> int:
    """Return 1 if a target could not be tried, 3 if a try failed or a message is dead, else 0."""
    if any(report.problem for report in reports):
        return FAILED
    is_doubtful = any(
        line.state == "dead" or (line.state == "waits" and not dry_run)
        for report in reports
        for line in report.lines
    )
    return NEEDS_ATTENTION if is_doubtful else DONE


def _draw(console: Console, reports: Sequence[Document], *, dry_run: bool) -> None:
    for report in reports:
        console.print(Text(report["target"], style="bold"))
        if report["problem"]:
            draw_wrapped(console, Text(printable(report["problem"])), indent=2, lead="")
        for line in report["messages"]:
            _draw_line(console, line, with_text=dry_run and line["state"] == "due")
        for lane, count in report["waiting"].items():
            console.print(f"  {plural(count, 'alert')} for the next {lane} digest")
        if report["is_new"] and not report["problem"]:
            begins = "would begin" if dry_run else "begins"
            console.print(f"  {begins} now: it gets what is recorded from here on")
        elif not report["messages"] and not report["problem"]:
            console.print("  nothing is due")


def _draw_line(console: Console, line: Document, *, with_text: bool) -> None:
    why = f" ({line['why']})" if line["why"] and line["state"] != "sent" else ""
    text = f"{line['id'][:SHORT]} {WORDS[line['state']]}{why}: {line['title']}"
    draw_wrapped(console, Text(printable(text)), indent=4, lead="  ")
    if with_text:
        for row in line["text"].splitlines():
            console.print(Text(f"    {printable(row)}", style="dim"), soft_wrap=True)


def _draw_test(console: Console, document: Document) -> None:
    where = f"{document['target']} ({document['address']})"
    if document["sent"]:
        console.print(Text(f"The test message was accepted by {printable(where)}."))
    else:
        console.print(Text(f"{printable(where)} did not accept it: {printable(document['why'])}"))
