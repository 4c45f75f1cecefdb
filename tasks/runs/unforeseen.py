"""Unforeseen errors: a run goes on with a sentence, and its log keeps where the error came from."""

import logging
import traceback
from pathlib import Path

from schemas.errors import VaxwatchError
from tasks.runs.run_log import write_line


def log_unforeseen(error: Exception, step: str, source: str = "") -> None:
    """Write a line with the calls that led to an error that nobody foresaw; none of any other.

    `step`: what failed. `source`: of which source, where it is of one.
    """
    if isinstance(error, VaxwatchError):
        return
    calls = traceback.extract_tb(error.__traceback__)
    facts = {
        "step": step,
        "source": source,
        "error": f"unforeseen {type(error).__name__}: {error}",
        "trace": " > ".join(f"{Path(it.filename).name}:{it.lineno} {it.name}" for it in calls),
    }
    write_line(facts, logging.ERROR)
