"""Prefect's log, free of characters that act on a terminal: its errors quote what pages hold."""

import logging

from prefect.logging.handlers import PrefectConsoleHandler

from schemas.wording import printable_lines
from tasks.runs.run_log import is_json, shown


class PrintableHandler(PrefectConsoleHandler):
    """Prefect's own handler, whose colours are added after this; with VAXWATCH_LOG=json none."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text with its traceback; in a JSON log as an object in one line."""
        if is_json():
            return shown(record, logging.Formatter().format(record))
        return printable_lines(super().format(record))
