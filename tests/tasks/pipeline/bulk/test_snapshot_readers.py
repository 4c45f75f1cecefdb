from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import WrongUse
from tasks.pipeline.bulk import snapshot_readers, worker_pools
from tasks.pipeline.bulk.worker_pools import OpenPool, Pending, Runner, WorkerPool
from tests.tasks.pipeline.bulk.archives import archive, backfilled, shown

COUNT = 7


def remote(spoil: Callable[[int], None] = lambda _: None) -> OpenPool:
    """Return a pool of threads that hand nothing over in memory; `spoil` may let a call fail."""

    @contextmanager
    def open_pool(_runner: Runner) -> Generator[WorkerPool]:
        with ThreadPoolExecutor(2) as pool:
            count = iter(range(1_000))

            def submit(call: Callable[[], Any]) -> Pending:
                number = next(count)

                def spoilt() -> Any:
                    spoil(number)
                    return call()

                return pool.submit(spoilt)

            yield WorkerPool(submit=submit, workers=2, is_remote=True)

    return open_pool


def lost(*numbers: int) -> Callable[[int], None]:
    """Return a function that lets calls fail by number, as when their worker is killed."""

    def spoil(number: int) -> None:
        if number in numbers:
            raise ConnectionError("the worker is gone")

    return spoil


def test_workers_give_the_lake_that_threads_give(tmp_path: Path) -> None:
    """Row by row, quarantine included; none of their objects is left."""
    origin = archive(tmp_path / "archive", COUNT)
    backfilled(tmp_path / "serial", origin)
    summary = backfilled(tmp_path / "lake", origin, runner="dask", open_pool=remote())
    assert shown(tmp_path / "lake") == shown(tmp_path / "serial")
    assert summary.origin_notes == []
    assert not [*(tmp_path / "lake").rglob("*.zip")]


@pytest.mark.parametrize(("numbers", "count"), [((2,), 1), (range(COUNT), 3)])
def test_what_lost_workers_had_is_read_here(tmp_path: Path, numbers: Any, count: int) -> None:
    """With a note; after three losses in a row nothing more is handed out."""
    origin = archive(tmp_path / "archive", COUNT)
    backfilled(tmp_path / "serial", origin)
    summary = backfilled(tmp_path / "lake", origin, runner="dask", open_pool=remote(lost(*numbers)))
    assert shown(tmp_path / "lake") == shown(tmp_path / "serial")
    [note] = summary.origin_notes
    assert "ConnectionError: the worker is gone" in note
    assert f" {count} of the snapshots" in note or count == 3


def test_a_snapshot_that_cannot_be_read_fails_as_it_does_in_threads(tmp_path: Path) -> None:
    """The worker returns nothing; the sentence is the one that threads give."""
    origin = archive(tmp_path / "archive", 3)
    (origin / "2022-02-01.csv").write_text("<html>log in</html>")
    here = backfilled(tmp_path / "serial", origin)
    there = backfilled(tmp_path / "lake", origin, runner="dask", open_pool=remote())
    assert [one.error for one in there.failed] == [one.error for one in here.failed]
    assert len(there.failed) == 1


def test_a_pool_that_takes_no_call_is_done_without(tmp_path: Path) -> None:
    """As when the scheduler has gone."""

    @contextmanager
    def closed(_runner: Runner) -> Generator[WorkerPool]:
        pool = ThreadPoolExecutor(1)
        pool.shutdown()
        yield WorkerPool(submit=pool.submit, workers=1, is_remote=True)

    summary = backfilled(
        tmp_path / "lake", archive(tmp_path / "archive", 2), runner="dask", open_pool=closed
    )
    assert [one.verdict for one in summary.outcomes] == ["new", "new"]


def test_a_lake_in_memory_has_no_other_readers(tmp_path: Path) -> None:
    """It is refused before a worker is started or a byte is archived."""
    with pytest.raises(WrongUse, match="use --runner threads"):
        backfilled("memory:alone", archive(tmp_path / "archive", 2), runner="dask")


def test_dask_that_is_not_installed_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to install."""
    monkeypatch.setattr(worker_pools, "find_spec", lambda _name: None)
    with pytest.raises(WrongUse, match=r"vaxwatch\[dask\]"):
        worker_pools.require_dask()


def test_a_worker_refuses_a_snapshot_that_is_not_archived(tmp_path: Path) -> None:
    """Its lake may be another one than ours."""
    with pytest.raises(snapshot_readers.Damaged, match="no object"):
        snapshot_readers.read_archived(str(tmp_path), "unicef_market", (), "20220101T000000Z-1a2b")
