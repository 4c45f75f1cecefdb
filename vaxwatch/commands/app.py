"""The command line as a whole: its root options, and which module holds which command."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import cache
from pkgutil import resolve_name
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from vaxwatch.commands.command_runner import (
    Asked,
    DebugOption,
    JsonOption,
    LakeOption,
    VerboseOption,
)
from vaxwatch.console import report, write_line
from vaxwatch.documents import json_text

HELP = (
    "Keeps every version of vaccine dashboards, shows what was known on any day, and finds what "
    "was changed."
)
COMMANDS = {
    "demo": "pipeline_commands:demo",
    "sources": "listing_commands:sources",
    "ingest": "pipeline_commands:ingest",
    "backfill": "backfill_command:backfill",
    "vintages": "reading_commands:vintages",
    "asof": "reading_commands:asof",
    "diff": "reading_commands:diff",
    "history": "reading_commands:history",
    "chart": "chart_command:chart",
    "alerts": {
        "list": "alert_commands:alerts_list",
        "show": "alert_commands:alerts_show",
        "ack": "alert_action_commands:alerts_ack",
        "silence": "alert_action_commands:alerts_silence",
        "unsilence": "alert_action_commands:alerts_unsilence",
        "explain": "alert_action_commands:alerts_explain",
        "backtest": "backtest_command:alerts_backtest",
        "test-target": "delivery_commands:test_target",
    },
    "deliver": "delivery_commands:deliver",
    "marts": "marts_command:marts",
    "site": "site_command:site",
    "quarantine": {
        "list": "quarantine_commands:quarantine_list",
        "show": "quarantine_commands:quarantine_show",
        "replay": "quarantine_commands:quarantine_replay",
        "release": "release_command:quarantine_release",
    },
    "retract": "retract_command:retract",
    "verify": "maintenance_commands:verify",
    "repair": "maintenance_commands:repair",
    "compact": "maintenance_commands:compact",
    "rebuild": "maintenance_commands:rebuild",
    "catalog": "catalog_command:catalog",
    "export": {
        "xlsx": "export_commands:xlsx",
        "csv": "export_commands:csv",
        "delta": "export_commands:delta",
    },
    "doctor": "doctor_command:doctor",
    "config": {"check": "listing_commands:config_check"},
    "status": "status_command:status",
    "metrics": "metrics_command:metrics",
    "serve": "serving_commands:serve",
    "deploy": "serving_commands:deploy",
}
"""The module and function of each command, in the order of the help; groups have their own."""
GROUPS = {
    "alerts": "What publishers changed, as alerts.",
    "config": "Settings of the command line and of runs.",
    "export": "Tables of the lake as files for other programs.",
    "quarantine": "Rows that could not be read, and vintages that are held back.",
}
"""The help of each group."""


class LazyGroup(TyperGroup):
    """The root of the command line, which imports only the command that is run.

    A call that Typer refuses (an unknown option, a missing argument) is answered like every other
    error: with a sentence, and with --json also with `{"error": sentence}` on standard output.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)
        self._as_json = False

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command or group, None for an unknown name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = _build(cmd_name)
        is_group = isinstance(COMMANDS[cmd_name], dict)
        command.no_args_is_help = is_group and not self._as_json  # help is no JSON document
        return command

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> Any:
        """Parse the options of the root."""
        self._as_json = "--json" in args
        is_install = "--install-completion" in args
        with self._answered_errors(), _explained_install() if is_install else nullcontext():
            return super().make_context(info_name, args, *more, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Parse the rest, and run the command."""
        with self._answered_errors():
            return super().invoke(ctx)

    @contextmanager
    def _answered_errors(self) -> Generator[None]:
        try:
            yield
        except TyperException as error:
            sentence = " ".join(error.format_message().split()).rstrip(".")
            if not sentence:  # a group without a command has shown its help
                raise
            context: Any = getattr(error, "ctx", None)
            place = context.command_path if context else "vaxwatch"
            sentence = f"{sentence}. Try: {place} --help"
            report(f"vaxwatch: {sentence}")
            if self._as_json:
                write_line(json_text({"error": sentence}))
            raise typer.Exit(error.exit_code) from error


@contextmanager
def _explained_install() -> Generator[None]:
    """Explain why --install-completion cannot write below HOME."""
    try:
        yield
    except typer.Exit:
        raise
    except (OSError, RuntimeError) as error:
        raise typer.BadParameter(
            f"Completion cannot be installed ({error}). Save what --show-completion prints where "
            f"your shell reads it."
        ) from error


@cache
def _build(name: str) -> Any:
    place = COMMANDS[name]
    built = typer.Typer(help=GROUPS.get(name), add_completion=False)
    if isinstance(place, dict):
        built.callback()(lambda: None)
    for own, function in place.items() if isinstance(place, dict) else [(name, place)]:
        built.command(own)(resolve_name(f"vaxwatch.commands.{function}"))
    command = get_command(built)
    command.name = name
    return command


def _print_version(*, asked: bool) -> None:
    if asked:
        write_line(f"vaxwatch {resolve_name('importlib.metadata:version')('vaxwatch')}")
        raise typer.Exit


def root(
    context: typer.Context,
    *,
    lake: LakeOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
    verbose: VerboseOption = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Record the options that were given before the command's name."""
    del show_version
    context.obj = Asked(lake=lake, as_json=as_json, debug=debug, verbose=verbose)


app = typer.Typer(cls=LazyGroup, help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)
app.callback()(root)
