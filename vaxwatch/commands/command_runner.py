"""The command runner: shared options, exit codes, one JSON document or a table, errors as text.

Promises: standard output has the answer alone; no traceback without --debug.
"""

import functools
import inspect
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from schemas.error_text import sentence
from schemas.errors import WrongUse
from schemas.redaction import redacted
from schemas.wording import printable
from tasks.alerts.config_file import WrongSettings
from tasks.alerts.waiver_config import waiver_notes
from vaxwatch.console import AnswerConsole, report, report_lines, write_line
from vaxwatch.documents import json_text
from vaxwatch.settings import Settings, load_settings

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
NEEDS_ATTENTION: Final = 3
"""Done, but something needs attention: quarantined, held, blocked, overdue, not delivered."""
INTERRUPTED: Final = 130
"""As a shell has it of a program ended by SIGINT."""
NO_READER: Final = 141
"""As a shell has it of a program ended by SIGPIPE: `vaxwatch … | head`."""
TERMINATED: Final = 143
"""As a shell has it of a program ended by SIGTERM."""

HELP_GROUP = "Everywhere"
LakeOption = Annotated[
    str | None,
    typer.Option(
        "--lake",
        metavar="URI",
        help="A folder or s3://bucket/prefix; else VAXWATCH_LAKE, vaxwatch.toml, ./lake.",
        rich_help_panel=HELP_GROUP,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document.", rich_help_panel=HELP_GROUP)
]
DebugOption = Annotated[
    bool, typer.Option("--debug", help="Show where an error arose.", rich_help_panel=HELP_GROUP)
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", help="Log every step on stderr.", rich_help_panel=HELP_GROUP)
]


class Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the shared options say, before or after the command's name."""

    lake: LakeOption = None
    as_json: JsonOption = False
    debug: DebugOption = False
    verbose: VerboseOption = False

    def over(self, other: "Asked") -> "Asked":
        """Return these options, filled up with those of `other`."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        unset = {name for name, value in given.items() if value in {None, False}}
        return Asked(**given | {name: getattr(other, name) for name in unset})


SHARED = inspect.signature(Asked).parameters


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one command: what was asked, and the settings that hold."""

    asked: Asked

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings in force. Raises WrongUse when they cannot be read."""
        return load_settings(self.asked.lake)

    @property
    def lake(self) -> str:
        """The address of the lake."""
        return self.settings.lake

    def answer(self, document: Any, picture: Callable[[Console], None]) -> int:
        """Write the document when --json was given, else draw the picture; return DONE."""
        if self.asked.as_json:
            write_line(json_text(document))
            return DONE
        screen = AnswerConsole()
        with screen.capture() as held:
            picture(screen)
        write_line("\n".join(line.rstrip() for line in held.get().splitlines()))
        return DONE


def command(function: Callable[..., int]) -> Callable[..., None]:
    """Return a function that Typer can register: it takes the shared options as well.

    `function` gets the run and its own options, and returns the exit code.
    """

    @functools.wraps(function)
    def called(context: typer.Context, **given: Any) -> None:
        here = Asked(**{name: given.pop(name) for name in SHARED})
        asked = here.over(context.obj or Asked())
        raise typer.Exit(guarded(lambda: function(Run(asked=asked), **given), asked))

    own = list(inspect.signature(function).parameters.values())[1:]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *(p.replace(kind=p.KEYWORD_ONLY) for p in own), *SHARED.values()]
    del called.__wrapped__
    called.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def waiting(run: Run, what: str) -> AbstractContextManager[object]:
    """Return a context with a spinner on a terminal; without one where stderr is a file."""
    if not sys.stderr.isatty() or run.asked.verbose:
        return nullcontext()
    return Console(stderr=True).status(Text(printable(what)))


def report_waivers(run: Run) -> list[str]:
    """Report the waivers that have expired, or soon will, on standard error; return the notes."""
    notes = waiver_notes(run.settings.waivers, datetime.now(UTC).date())
    for note in notes:
        report(note)
    return notes


def guarded(action: Callable[[], int], asked: Asked) -> int:
    """Do an action; return its exit code, or that of its error.

    An error is one sentence on standard error; with --json also `{"error": sentence}` on standard
    output.
    """
    try:
        return action()
    except BrokenPipeError:
        return NO_READER
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        report("vaxwatch: interrupted; what was published stays published.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 (the last line of a program: a sentence, not a traceback)
        report_error(error, asked)
        if asked.as_json:
            write_line(json_text({"error": sentence(error)}))
        return WRONG_USE if isinstance(error, WrongUse) else FAILED


def report_error(error: Exception, asked: Asked) -> None:
    """Report an error as a sentence, with --debug behind its traceback."""
    if asked.debug:
        report_lines(redacted("".join(traceback.format_exception(error)).rstrip()))
    for one in error.mistakes if isinstance(error, WrongSettings) else [sentence(error)]:
        report(f"vaxwatch: {redacted(one)}")
