"""The command line as a whole: its root options, and which module holds which command."""

from importlib.metadata import version
from typing import Annotated

import typer

from vaxwatch.commands import (
    alert_commands,
    maintenance_commands,
    pipeline_commands,
    quarantine_commands,
    reading_commands,
    verify_command,
)
from vaxwatch.commands.command_runner import (
    Asked,
    DebugOption,
    JsonOption,
    LakeOption,
    VerboseOption,
)

HELP = (
    "Keeps every version of vaccine dashboards, says what was known on any day, and finds what "
    "was changed."
)


def _print_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"vaxwatch {version('vaxwatch')}")
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option("--version", help="Say the version.", callback=_print_version, is_eager=True),
]


def root(
    context: typer.Context,
    *,
    lake: LakeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
    verbose: VerboseOption = False,
    say_version: VersionOption = False,
) -> None:
    """Keep the options that were given before the command's name."""
    del say_version
    context.obj = Asked(lake=lake, as_json=as_json, debug=debug, verbose=verbose)


def _app() -> typer.Typer:
    door = typer.Typer(
        help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    door.callback()(root)
    for name, function in (
        ("demo", pipeline_commands.demo),
        ("sources", reading_commands.sources),
        ("ingest", pipeline_commands.ingest),
        ("backfill", pipeline_commands.backfill),
        ("vintages", reading_commands.vintages),
        ("asof", reading_commands.asof),
        ("diff", reading_commands.diff),
        ("history", reading_commands.history),
    ):
        door.command(name)(function)
    alerts = typer.Typer(help="What was changed, as people are told.", no_args_is_help=True)
    alerts.command("list")(alert_commands.alerts_list)
    alerts.command("show")(alert_commands.alerts_show)
    quarantine = typer.Typer(
        help="Rows that could not be read, and vintages that are held back.", no_args_is_help=True
    )
    quarantine.command("list")(quarantine_commands.quarantine_list)
    quarantine.command("show")(quarantine_commands.quarantine_show)
    quarantine.command("replay")(quarantine_commands.quarantine_replay)
    quarantine.command("release")(quarantine_commands.quarantine_release)
    door.add_typer(alerts, name="alerts")
    door.add_typer(quarantine, name="quarantine")
    for name, function in (
        ("verify", verify_command.verify),
        ("repair", maintenance_commands.repair),
        ("compact", maintenance_commands.compact),
        ("rebuild", maintenance_commands.rebuild),
        ("doctor", maintenance_commands.doctor),
    ):
        door.command(name)(function)
    door.command("serve")(pipeline_commands.serve)
    return door


app = _app()
