"""The progress of a backfill on standard error: a bar on a terminal, else a line now and then."""

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from schemas.wording import printable
from tasks.pipeline.bulk.progress import ENDING, Progress, watched_by
from vaxwatch.console import report

FIRST_PAUSE: Final = 10.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two lines of a run; the pauses grow."""


@contextmanager
def shown_progress(source: str, *, plain: bool) -> Generator[None]:
    """Show the progress of the runs inside; `plain`: as lines, also on a terminal."""
    if plain or not sys.stderr.isatty():
        with _as_lines():
            yield
        return
    with _as_bar(source):
        yield


@contextmanager
def _as_bar(source: str) -> Generator[None]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rest]}", markup=False),
    )
    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(printable(source), total=None, rest="")

        def watch(progress: Progress) -> None:
            total = progress.planned or None
            bar.update(task, completed=progress.read, total=total, rest=progress.rest)

        with watched_by(watch):
            yield


@contextmanager
def _as_lines() -> Generator[None]:
    """Report the newest progress, for the first time after ten seconds, by a thread of its own."""
    newest: list[Progress] = []
    ended = threading.Event()

    def watch(progress: Progress) -> None:
        if progress.asked_by and not (newest and newest[0].asked_by):
            report(f"vaxwatch: {progress.asked_by}; the run {ENDING}. Once more ends it at once.")
        newest[:] = [progress]

    def report_now_and_then() -> None:
        pause = FIRST_PAUSE
        while not ended.wait(pause):
            pause = min(pause * 1.5, LONGEST_PAUSE)
            if newest:
                report(newest[0].sentence())

    thread = threading.Thread(target=report_now_and_then, name="progress", daemon=True)
    thread.start()
    try:
        with watched_by(watch):
            yield
    finally:
        ended.set()
        thread.join()
