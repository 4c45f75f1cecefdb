"""What a folder, a clock and faster writers do: a clear sentence, nothing lost, a rerun works."""

import errno
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.errors import LostRace, StoreUnavailable, Transient
from schemas.store_errors import StoreRefused
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW
from tests.tasks.vault.faults import Call, Disturbed, copied, disk
from tests.tasks.vault.proof.operations import (
    OPERATIONS,
    check_readers,
    check_rerun,
    course,
    enter,
    picture,
    report,
    slow,
    trace,
)
from tests.thorough import quick

pytestmark = pytest.mark.long

SAMPLED = [
    ("newest", quick(7, 3)),
    *(slow(name, 1) for name in ("newest", "backfill", "compaction")),
]
NUMBERS = {
    "disk full": (errno.ENOSPC, "No space left on device"),
    "read-only": (errno.EROFS, "Read-only file system"),
    "not allowed": (errno.EACCES, "Permission denied"),
}


def _raised(lake: Store) -> StoreRefused | None:
    try:
        OPERATIONS["newest"].run(lake)
    except StoreRefused as error:
        return error
    return None


@pytest.mark.parametrize(
    ("name", "step"), [("disk full", quick(9, 4)), *(slow(name, 1) for name in NUMBERS)]
)
def test_a_folder_that_refuses_a_change(name: str, step: int, tmp_path: Path) -> None:
    """At the n-th change of a file, the error names its place; a rerun finishes the work."""
    number, words = NUMBERS[name]
    traces = set[object]()
    copied(course("newest").begin, FolderStore(tmp_path / "begin"))
    for refused in range(1, 1000, step):
        lake = FolderStore(tmp_path / str(refused))
        shutil.copytree(tmp_path / "begin", tmp_path / str(refused))
        seen: list[str] = []

        def act(_: str, path: str, seen: list[str] = seen, refused: int = refused) -> None:
            seen.append(path)
            if len(seen) == refused:
                raise OSError(number, words, path)

        with disk(tmp_path / str(refused), act):
            error = _raised(lake)
        if len(seen) < refused:
            break
        if error is not None:  # clearing up a temporary file may fail in silence
            assert words in str(error)
            assert str(tmp_path / str(refused)) in str(error)
        if trace(lake) not in traces:
            traces.add(trace(lake))
            check_readers("newest", copied(lake))
            check_rerun("newest", lake)
    assert len(traces) >= sum(call.is_done for call in course("newest").calls) // step


def test_a_folder_that_stays_read_only_is_still_read(tmp_path: Path) -> None:
    """Nothing can be written, everything can be read; later the same command works."""
    lake = FolderStore(tmp_path)
    copied(course("newest").begin, lake)

    def act(_: str, path: str) -> None:
        raise OSError(errno.EROFS, "Read-only file system", path)

    with disk(tmp_path, act), pytest.raises(StoreRefused, match=r"_vault/.*Read-only"):
        OPERATIONS["newest"].run(lake)
    assert picture(lake) == course("newest").old
    check_rerun("newest", lake)


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize(("name", "step"), SAMPLED)
def test_any_call_may_fail_whether_it_took_effect_or_not(
    name: str, step: int, *, is_done: bool
) -> None:
    """A store that says no, or says no to what it did: a sentence; a rerun finishes the work."""
    for call in [call for call in course(name).calls if call.is_done == is_done][::step]:
        lake = copied(course(name).begin)

        def fail(seen: Call, number: int = call.number) -> None:
            if (seen.number, seen.is_done) == (number, is_done):
                raise StoreUnavailable(f"memory:/{seen.key}", "timed out")

        with pytest.raises(Transient, match=f"{call.key}: timed out"):
            OPERATIONS[name].run(Disturbed(lake, fail))
        check_readers(name, lake)
        check_rerun(name, lake)


def test_a_clock_that_goes_backwards() -> None:
    """Nothing is ordered by the clock of a writer."""
    lake = copied(course("newest").begin)
    vault = VaultReader(lake, "s")
    commit_snapshots(vault, [report(9, 90)], at=NOW - timedelta(days=400))
    publish_tables(vault)
    assert picture(lake) == course("newest").new
    assert verify_vault(vault, deep=True) == []


def test_who_is_never_first_gives_up_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that always loses says so, and has changed nothing."""
    monkeypatch.setattr("tasks.vault.commit.TRIES", 4)
    lake = copied(course("newest").begin)
    days = iter(range(1000))

    def intrude(call: Call) -> None:
        if call.method == "put_if_absent" and "/log/" in call.key and not call.is_done:
            day = next(days)
            commit_snapshots(
                VaultReader(lake, "s"), [report(10 + day % 20, day, hour=day // 20)], at=NOW
            )

    with pytest.raises(LostRace, match="other writers were faster 4 times"):
        commit_snapshots(VaultReader(Disturbed(lake, intrude), "s"), [report(9, 90)], at=NOW)
    check_rerun_after_others(lake)


def check_rerun_after_others(lake: Store) -> None:
    """Assert that a writer who lost succeeds when it is alone."""
    enter(lake, report(9, 90))
    assert verify_vault(VaultReader(lake, "s"), deep=True) == []
    assert 9 in [vintage.as_of.day for vintage in VaultReader(lake, "s").vintages()]
