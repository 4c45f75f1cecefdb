"""The program `vaxwatch`, also as `python -m vaxwatch`."""

import os
import sys

from vaxwatch.commands.app import app
from vaxwatch.commands.command_runner import UNREAD


def main() -> None:
    """Run the command line; a reader of our output that has gone away (`| head`) is no fault."""
    try:
        try:
            app(prog_name="vaxwatch")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNREAD)


if __name__ == "__main__":
    main()
