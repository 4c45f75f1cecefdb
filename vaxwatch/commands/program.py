"""The program: the command line with its signals, its streams and the exit code of each ending."""

import gc
import os
import signal
import sys

from schemas.error_text import sentence
from vaxwatch.commands.app import app
from vaxwatch.commands.command_runner import FAILED, NO_READER, TERMINATED, Terminated
from vaxwatch.console import prepare_streams, report


def run() -> None:
    """Run the command line; a reader of the output that has gone (`| head`) is no fault.

    Loaded modules are frozen, and everything at the end: a search for garbage among them takes a
    fifth of the time of a short command and finds none.
    """
    gc.freeze()
    signal.signal(signal.SIGTERM, _terminate)
    prepare_streams()
    try:
        try:
            app(prog_name="vaxwatch")
        finally:
            sys.stdout.flush()
            gc.freeze()
    except Terminated:
        sys.exit(TERMINATED)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(NO_READER)
        if not isinstance(error.__context__, SystemExit) or not error.__context__.code:
            report(f"vaxwatch: {sentence(error)}")
        sys.exit(FAILED)


def _terminate(_signal: int, _frame: object) -> None:
    """End by an exception, so that temporary files and children go, also as process 1."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
