"""The commands by which people act on alerts: ack, silence, unsilence, explain."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.text import Text

from schemas.alerts import ActionKind, Alert
from schemas.errors import WrongUse
from schemas.redaction import redacted
from schemas.wording import printable
from tasks.alerts.actions import Action
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_actions import record_action
from tasks.delivery.publish_feeds import publish_feeds
from tasks.delivery.run_delivery import refresh_feeds
from vaxwatch.commands.alert_commands import INDENT, SHORT, alert_named
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.person import login_name
from vaxwatch.console import report_lines
from vaxwatch.display import draw_wrapped
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake
from vaxwatch.settings import export_settings

LONGEST: Final = 1_000
"""Characters of a reason."""
Fingerprints = Annotated[
    list[str], typer.Argument(metavar="FINGERPRINT…", help="Of alerts, or how each begins.")
]
ByOption = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="NAME", help="Who acts; else [alerts] operator, or the login name."
    ),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why, in a sentence, for the record.")
]
UndoOption = Annotated[bool, typer.Option("--undo", help="Take it back.")]


@command
def alerts_ack(
    run: Run,
    fingerprint: Fingerprints,
    *,
    reason: ReasonOption,
    by: ByOption = None,
    undo: UndoOption = False,
) -> int:
    """Acknowledge alerts: somebody looks into them. It holds until an alert escalates."""
    kind: ActionKind = "unacknowledged" if undo else "acknowledged"
    return _act(run, fingerprint, _action(run, kind, by, reason))


@command
def alerts_silence(
    run: Run,
    fingerprint: Fingerprints,
    *,
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="The last day, such as 2026-12-31 (UTC).")
    ],
    reason: ReasonOption,
    by: ByOption = None,
) -> int:
    """Silence alerts up to a day, whatever becomes of them. `vaxwatch.toml` silences rules."""
    return _act(run, fingerprint, _action(run, "silenced", by, reason, until=_day(until)))


@command
def alerts_unsilence(
    run: Run, fingerprint: Fingerprints, *, reason: ReasonOption, by: ByOption = None
) -> int:
    """Take the silence of alerts back."""
    return _act(run, fingerprint, _action(run, "unsilenced", by, reason))


@command
def alerts_explain(
    run: Run,
    fingerprint: Fingerprints,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="The known cause, in a sentence.")
    ],
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the cause is published.")
    ] = "",
    by: ByOption = None,
    undo: UndoOption = False,
) -> int:
    """Record the known cause of alerts, also of those that have ended; it holds as `ack` does."""
    kind: ActionKind = "unexplained" if undo else "explained"
    return _act(run, fingerprint, _action(run, kind, by, reason, url=_address(url)))


def _action(
    run: Run,
    kind: ActionKind,
    by: str | None,
    reason: str,
    *,
    until: date | None = None,
    url: str = "",
) -> Action:
    why, who = redacted(_line(reason)), _line(by or run.settings.alerts.operator) or login_name()
    if not why or len(why) > LONGEST:
        seen = f"{len(why):,} characters" if why else "no text"
        raise WrongUse(f"--reason has {seen}; expected 1 to {LONGEST:,}. Give a sentence.")
    if not who:
        raise WrongUse(
            "Nobody is named: this user has no login name. Give one by --by NAME, or as "
            "`operator` in the section [alerts] of vaxwatch.toml."
        )
    return Action(kind=kind, by=who, reason=why, until=until, url=url)


def _line(text: str) -> str:
    """Return a text in one line, without characters that act on a terminal."""
    return printable(" ".join(text.split()))


def _day(text: str) -> date:
    today = datetime.now(UTC).date()
    try:
        until = date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--until is '{_line(text)}'; expected a day such as {today}.") from None
    if until < today:
        raise WrongUse(f"--until is {until}, which has passed; expected {today} or a later day.")
    return until


def _address(url: str) -> str:
    if not url:
        return ""
    expected = "expected one that begins with http:// or https://"
    try:
        parts = urlsplit(url)
    except ValueError:
        raise WrongUse(f"--url is '{_line(url)}', which is no address; {expected}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isprintable():
        raise WrongUse(f"--url is '{_line(url)}', which is no web address; {expected}.")
    return redacted(url)


def _act(run: Run, begins: Sequence[str], action: Action) -> int:
    """Record an action on alerts, publish tables and marts, and show how the alerts stand now."""
    from tasks.runs.run_context import are_marts_wanted  # noqa: PLC0415 (it imports parsers)
    from tasks.steps.build_marts import describe_published, follow_with_marts  # noqa: PLC0415 (too)

    export_settings(run.settings)
    lake, now = open_lake(run.lake), datetime.now(UTC)
    known = lake.alert_records()
    named = dict.fromkeys(alert_named(known, one).fingerprint for one in begins)
    recorded = record_action(lake.store, action, [*named], at=now)
    alerts = publish_alerts(lake.store, lake.in_force(), on=now.date(), recorded=recorded)
    publish_feeds(lake.store, recorded.entries, alerts)
    refresh_feeds(lake.store, lake.in_force(), now)
    with_marts = are_marts_wanted()
    for note in follow_with_marts(lake.store, at=now) if with_marts else ():
        report_lines(note)
    describe_published(lake.store, with_marts=with_marts)
    changed = {event.fingerprint for event in recorded.new}
    document = [
        {**alert.document(), "changed": alert.fingerprint in changed, "hint": _hint(alert, action)}
        for alert in alerts
        if alert.fingerprint in named
    ]
    return run.answer(document, lambda console: _draw(console, document))


def _hint(alert: Alert, action: Action) -> str:
    """Return why an action does not show in the state of an alert; '' where it does."""
    if action.kind == "unsilenced" and alert.state == "silenced":
        return "A waiver silences it: take that out of vaxwatch.toml."
    return ""


def _draw(console: Console, document: Sequence[Document]) -> None:
    for alert in document:
        done = "" if alert["changed"] else " (as before: nothing was recorded)"
        console.print(f"{alert['fingerprint'][:SHORT]} {alert['rule']} is {alert['state']}{done}.")
        for text in filter(None, (alert["sentence"], alert["note"], alert["hint"])):
            draw_wrapped(console, Text(printable(text)), indent=INDENT, lead=" " * INDENT)
