import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import Transient
from schemas.limits import BODY_AT_MOST
from schemas.source import Source
from tasks.origins import plan
from tasks.pipeline.arrivals import PlannedSnapshot
from tasks.pipeline.backfill import backfill_source, wanted
from tasks.pipeline.backfill_chunk import take
from tasks.raw.archive import archive_snapshot, archived_snapshots
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def market() -> Source:
    """Return a source whose snapshots cover the whole table."""
    return source_named("unicef_market")


def table(doses: int) -> str:
    """Return UNICEF's table with one figure."""
    return f"Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,{doses}\n"


def planned(
    folder: Path, source: Source, lake: MemoryStore, policy: str = "missing"
) -> list[PlannedSnapshot]:
    """Plan a backfill from a folder."""
    offered = plan(source.name, f"dir:{folder}")
    return wanted(lake, source, offered, policy=policy)  # pyright: ignore[reportArgumentType]


def test_only_what_is_missing_is_planned(tmp_path: Path, market: Source) -> None:
    """After a backfill nothing is missing; a file that came later is."""
    lake = MemoryStore()
    for day in (1, 2):
        (tmp_path / f"2022-02-0{day}.csv").write_text(table(day))
    take(lake, market, planned(tmp_path, market, lake), at=NOW)
    assert planned(tmp_path, market, lake) == []
    (tmp_path / "2022-01-01.csv").write_text(table(9))
    assert [one.candidate.name for one in planned(tmp_path, market, lake)] == ["2022-01-01.csv"]
    assert len(planned(tmp_path, market, lake, "all")) == 3


def test_failed_policy_plans_what_is_kept_but_was_never_published(
    tmp_path: Path, market: Source
) -> None:
    """A file that was never tried is missing, not failed."""
    lake = MemoryStore()
    (tmp_path / "2022-02-01.csv").write_text("<html>login</html>")
    take(lake, market, planned(tmp_path, market, lake), at=NOW)
    (tmp_path / "2022-02-02.csv").write_text(table(2))
    failed = planned(tmp_path, market, lake, "failed")
    assert [one.candidate.name for one in failed] == ["2022-02-01.csv"]
    assert len(planned(tmp_path, market, lake)) == 2


def test_same_bytes_at_the_same_time_are_planned_once(tmp_path: Path, market: Source) -> None:
    """Two copies of one snapshot are one vintage."""
    (tmp_path / "2022-02-01.csv").write_text(table(1))
    (tmp_path / "2022-02-01__copy.csv").write_text(table(1))
    assert len(planned(tmp_path, market, MemoryStore())) == 1


def test_bad_file_is_kept_and_listed_and_the_others_go_on(tmp_path: Path, market: Source) -> None:
    """One file's fault is not another's."""
    lake = MemoryStore()
    (tmp_path / "2022-02-01.csv").write_text(table(1))
    (tmp_path / "2022-02-02.csv").write_text("<!DOCTYPE html><html>login</html>")
    (tmp_path / "2022-02-03.csv").write_text(table(3))
    taken = take(lake, market, planned(tmp_path, market, lake), at=NOW)
    assert [outcome.verdict for outcome in taken.outcomes] == ["new", "new"]
    assert [failure.name for failure in taken.failed] == ["2022-02-02.csv"]
    assert "unicef_market" in taken.failed[0].error
    assert len(archived_snapshots(lake, "unicef_market")) == 3
    assert VaultReader(lake, "unicef_market").head.number == 1  # pyright: ignore[reportOptionalMemberAccess]


def test_failures_are_listed_in_the_order_of_the_files(tmp_path: Path, market: Source) -> None:
    """One that cannot be read and one that does not come, though reading looks ahead."""
    lake = MemoryStore()
    for day in range(1, 9):
        (tmp_path / f"2022-02-0{day}.csv").write_text(table(day) if day % 2 else "<html>no</html>")
    with (tmp_path / "2022-02-05.csv").open("wb") as file:
        file.truncate(BODY_AT_MOST + 1)
    taken = take(lake, market, planned(tmp_path, market, lake), at=NOW)
    assert [failure.name[:10][-1] for failure in taken.failed] == ["2", "4", "5", "6", "8"]
    assert [outcome.as_of.day for outcome in taken.outcomes] == [1, 3, 7]


def test_a_chunk_continues_from_the_states_of_the_one_before(
    tmp_path: Path, market: Source
) -> None:
    """What the chunks have committed is read again by nobody before it is published."""

    class Watched(MemoryStore):
        """A store that notes how many segments had been read when the last commit was written."""

        read = read_by_then = 0

        def get(self, key: str) -> Blob | None:
            self.read += key.startswith("unicef_market/_vault/seg/")
            return super().get(key)

        def put_if_absent(self, key: str, body: bytes) -> bool:
            if key.startswith("unicef_market/_vault/log/"):
                self.read_by_then = self.read
            return super().put_if_absent(key, body)

    for day in range(1, 5):
        (tmp_path / f"2022-02-0{day}.csv").write_text(table(day))
    lake = Watched()
    run = RunContext(store=lake, source=market, at=NOW, check_quality=False)
    done = backfill_source(run, f"dir:{tmp_path}", chunk=1)
    assert [one.verdict for one in done.outcomes] == ["new"] * 4
    assert lake.read > lake.read_by_then == 0


def test_a_fault_of_the_store_ends_the_chunk(tmp_path: Path, market: Source) -> None:
    """It is raised, not listed, whatever is being read, and no thread is left."""

    class Full(MemoryStore):
        def put_if_absent(self, key: str, body: bytes) -> bool:
            if "20220204T" in key:
                raise Transient("no room")
            return super().put_if_absent(key, body)

    for day in range(1, 7):
        (tmp_path / f"2022-02-0{day}.csv").write_text(table(day))
    lake = Full()
    with pytest.raises(Transient):
        take(lake, market, planned(tmp_path, market, lake), at=NOW)
    assert VaultReader(lake, "unicef_market").head is None
    assert [one.name for one in threading.enumerate() if one.name.startswith("reader")] == []


def test_a_file_that_is_too_large_stops_no_other(tmp_path: Path, market: Source) -> None:
    """It is not read, neither for the plan nor for the lake, and listed with its reason."""
    lake = MemoryStore()
    (tmp_path / "2022-02-01.csv").write_text(table(1))
    with (tmp_path / "2022-02-02.csv").open("wb") as file:
        file.truncate(BODY_AT_MOST + 1)
    taken = take(lake, market, planned(tmp_path, market, lake), at=NOW)
    assert len(taken.outcomes) == 1
    assert "seen 536,870,913 bytes; expected at most 536,870,912" in taken.failed[0].error


def test_two_truths_for_one_instant_fail_only_the_second(tmp_path: Path, market: Source) -> None:
    """The clash is listed; the rest of the chunk is published."""
    lake = MemoryStore()
    for name, doses in (("2022-02-01", 1), ("2022-02-01__other", 2), ("2022-02-02", 3)):
        (tmp_path / f"{name}.csv").write_text(table(doses))
    taken = take(lake, market, planned(tmp_path, market, lake), at=NOW)
    assert len(taken.outcomes) == 2
    assert [failure.name for failure in taken.failed] == ["2022-02-01__other.csv"]
    assert "other bytes for the same instant" in taken.failed[0].error


def test_superseding_files_replace_what_is_known(tmp_path: Path, market: Source) -> None:
    """Where it is asked for, a file takes the place of the vintage of its instant."""
    lake, path = MemoryStore(), tmp_path / "2022-02-01.csv"
    path.write_text(table(1))
    take(lake, market, planned(tmp_path, market, lake), at=NOW)
    path.write_text(table(2))
    chunk = planned(tmp_path, market, lake)
    assert len(take(lake, market, chunk, at=NOW).failed) == 1
    taken = take(lake, market, chunk, at=NOW, supersede=True)
    assert [outcome.verdict for outcome in taken.outcomes] == ["new"]
    vault = VaultReader(lake, "unicef_market")
    assert [vintage.id for vintage in vault.vintages()] == [taken.outcomes[0].id]


def test_fetch_of_the_same_bytes_is_not_the_archives_snapshot(
    tmp_path: Path, market: Source
) -> None:
    """Bytes kept at another time do not make a file of the archive known."""
    lake, path = MemoryStore(), tmp_path / "2022-02-01.csv"
    path.write_text(table(1))
    archive_snapshot(lake, from_file(market, path, retrieved_at=NOW))
    assert len(planned(tmp_path, market, lake)) == 1
    assert planned(tmp_path, market, lake, "failed") == []
