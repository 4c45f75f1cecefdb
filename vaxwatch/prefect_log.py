"""Prefect's log, free of characters that act on a terminal: its errors quote what pages hold."""

import logging

from prefect.logging.handlers import PrefectConsoleHandler

from schemas.wording import printable_lines


class PrintableHandler(PrefectConsoleHandler):
    """Prefect's own handler, whose colours are added after this."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text, with its traceback."""
        return printable_lines(super().format(record))
