import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.pipeline.bulk.early_end import ends_early
from tasks.pipeline.bulk.progress import Progress, ProgressLog, watched_by
from tests.tasks.pipeline.bulk.archives import NOW, archive, backfilled, committed, shown
from tests.thorough import thorough

COUNT = 9


def log() -> ProgressLog:
    """Return the progress of a run that has just begun."""
    return ProgressLog(Progress(source="a"), clock=lambda: NOW)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Check that each test leaves the handlers of signals as they were.

    Ctrl-C counts, too, where the tests themselves run in the background and ignore it.
    """
    outer = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    yield
    after = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    signal.signal(signal.SIGINT, outer)
    assert after == before


@pytest.mark.parametrize("number", [signal.SIGTERM, thorough(signal.SIGINT)])
def test_a_signal_ends_a_run_after_what_is_in_hand(tmp_path: Path, number: int) -> None:
    """What was brought is published, the rest is taken by the same command, and nothing twice."""
    lake, origin = tmp_path / "lake", archive(tmp_path / "archive", COUNT)

    sent: list[int] = []  # the second signal acts at once, and a handler runs some time later

    def watch(progress: Progress) -> None:
        if progress.read == 1 and not sent:
            sent.append(number)
            os.kill(os.getpid(), number)

    with watched_by(watch):
        first = backfilled(lake, origin)
    there = committed(lake)
    assert 1 <= len(there) < COUNT
    assert [one.id for one in first.outcomes] == there
    assert first.asked_to_end == signal.Signals(number).name
    assert "run the same command again" in (first.stopped or "")
    second = backfilled(lake, origin)
    assert len(second.planned) == COUNT - len(there)
    assert second.asked_to_end is None
    whole = tmp_path / "whole"
    backfilled(whole, origin)
    assert shown(lake)["latest"] == shown(whole)["latest"]
    assert committed(lake) == committed(whole)


def test_a_watcher_may_end_a_run_between_chunks(tmp_path: Path) -> None:
    """As Prefect's cancel does; the chunks behind are not begun."""
    lake, origin = tmp_path / "lake", archive(tmp_path / "archive", COUNT)
    with watched_by(lambda progress: "Prefect" if progress.published == 3 else None):
        summary = backfilled(lake, origin, chunk=3)
    assert summary.asked_to_end == "Prefect"
    assert len(committed(lake)) == 3


def test_the_second_signal_acts_at_once() -> None:
    """A person who presses twice does not want to wait."""
    one = log()
    with ends_early(one):
        os.kill(os.getpid(), signal.SIGINT)
        assert one.asked_to_end == ["SIGINT"]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As below nohup."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        one = log()
        with ends_early(one):
            os.kill(os.getpid(), signal.SIGINT)
        assert one.asked_to_end == []
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_of_the_main_thread_no_handler_is_set() -> None:
    """Python allows none there."""
    seen: list[object] = []

    def run() -> None:
        with ends_early(log()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
