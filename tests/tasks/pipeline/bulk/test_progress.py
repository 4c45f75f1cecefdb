from datetime import UTC, datetime, timedelta
from pathlib import Path

from tasks.pipeline.bulk.progress import Progress, ProgressLog, watched_by
from tests.tasks.pipeline.bulk.archives import archive, backfilled

START = datetime(2026, 11, 22, tzinfo=UTC)


def test_rate_and_time_left_follow_from_what_was_read() -> None:
    """Before the first snapshot neither is known."""
    times = iter([START, START, START + timedelta(seconds=4)])
    log = ProgressLog(Progress(source="a"), clock=lambda: next(times))
    log.begin(10)
    assert (log.progress.rate, log.progress.left, log.progress.share) == (None, None, 0.0)
    log.add(read=2, failed=1)
    assert (log.progress.rate, log.progress.left) == (0.5, timedelta(seconds=16))
    assert log.progress.sentence() == (
        "a: 2 of 10 snapshots read, 1 failed, 0 published; 0.5 a second, 16 s left"
    )


def test_a_chunk_that_is_done_again_counts_once() -> None:
    """A step may be tried again after an error that passes."""
    log = ProgressLog(Progress(source="a"), clock=lambda: START)
    log.begin(4)
    before = log.progress
    log.add(read=2)
    log.go_back(before)
    log.add(read=2, published=2)
    assert (log.progress.read, log.progress.published) == (2, 2)


def test_watchers_see_every_snapshot_and_every_step(tmp_path: Path) -> None:
    """Inside their block alone."""
    seen: list[Progress] = []
    lake, origin = tmp_path / "lake", archive(tmp_path / "archive", 5)
    with watched_by(seen.append):
        backfilled(lake, origin, chunk=2)
    count = len(seen)
    backfilled(lake, origin)
    assert len(seen) == count
    assert sorted({one.read for one in seen}) == [0, 1, 2, 3, 4, 5]
    assert sorted({one.published for one in seen}) == [0, 2, 4, 5]
    steps = [one.step for one in seen]
    assert list(dict.fromkeys(steps))[:4] == [
        "plan-backfill",
        "open-workers",
        "take-chunk",
        "publish-snapshots",
    ]
    assert steps[-1] != "publish-snapshots"
