"""The program `vaxwatch`, also as `python -m vaxwatch`."""

import gc
import os
import signal
import sys

from vaxwatch.commands.app import app
from vaxwatch.commands.command_runner import NO_READER, TERMINATED, Terminated
from vaxwatch.console import accept_every_character


def main() -> None:
    """Run the command line; a reader of the output that has gone (`| head`) is no fault.

    Loaded modules are frozen, and everything at the end: a search for garbage among them takes a
    fifth of the time of a short command and finds none.
    """
    gc.freeze()
    signal.signal(signal.SIGTERM, _terminate)
    accept_every_character()
    try:
        try:
            app(prog_name="vaxwatch")
        finally:
            sys.stdout.flush()
            gc.freeze()
    except Terminated:
        sys.exit(TERMINATED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(NO_READER)


def _terminate(_signal: int, _frame: object) -> None:
    """End by an exception, so that temporary files and children go, also as process 1."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated


if __name__ == "__main__":
    main()
