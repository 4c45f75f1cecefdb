"""A time that nobody meant is refused wherever it comes from, and nothing of it is kept."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import WrongUse
from schemas.source import Source
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tests.tasks.origins.repository import Repository, run

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TABLE = b"Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,1992000\n"
SLIPS = ("2202-06-08", "1970-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00")


@pytest.fixture
def market() -> Source:
    """Return a source whose snapshots cover the whole table."""
    return source_named("unicef_market")


def backfilled(lake: MemoryStore, source: Source, origin: str) -> dict[str, str]:
    """Backfill an origin; return the sentence on each candidate that failed."""
    offered = plan(source.name, origin, store=lake)
    done = take(lake, source, wanted(lake, source, offered), at=NOW)
    return {failed.name: failed.error for failed in done.failed}


@pytest.mark.parametrize("text", SLIPS)
def test_a_file_of_an_implausible_time_is_not_ingested(
    tmp_path: Path, market: Source, text: str
) -> None:
    """The lake stays as it was: empty."""
    lake, file = MemoryStore(), tmp_path / "market.csv"
    file.write_bytes(TABLE)
    run_now = RunContext(store=lake, source=market, at=NOW, check_quality=False)
    with pytest.raises(WrongUse, match=r"market.csv: seen the time .* expected one from 2000 on"):
        ingest_snapshot(run_now, file=str(file), retrieved_at=datetime.fromisoformat(text))
    assert list(lake.list("")) == []


def test_an_hour_ahead_is_what_clocks_differ(tmp_path: Path, market: Source) -> None:
    """A minute more is refused."""
    lake, file = MemoryStore(), tmp_path / "market.csv"
    file.write_bytes(TABLE)
    run_now = RunContext(store=lake, source=market, at=NOW, check_quality=False)
    ingest_snapshot(run_now, file=str(file), retrieved_at=NOW + timedelta(hours=1))
    with pytest.raises(WrongUse):
        ingest_snapshot(run_now, file=str(file), retrieved_at=NOW + timedelta(minutes=61))


def test_names_and_manifests_of_a_folder(tmp_path: Path, market: Source) -> None:
    """The others are published; a slip is a failure of its own, in a sentence."""
    lake = MemoryStore()
    for name in ("2022-02-10.csv", "2202-06-08.csv", "1970-01-01.csv"):
        (tmp_path / name).write_bytes(TABLE)
    failed = backfilled(lake, market, f"dir:{tmp_path}")
    assert sorted(failed) == ["1970-01-01.csv", "2202-06-08.csv"]
    listed = [{"file": "2022-02-10.csv", "committed_at": text} for text in SLIPS]
    (tmp_path / "_manifest.json").write_text(json.dumps({"versions": listed}))
    failed = backfilled(lake, market, f"dir:{tmp_path}")
    assert all("Nothing was archived" in sentence for sentence in failed.values())
    assert len(VaultReader(lake, market.name).vintages()) == 1
    assert len(list(lake.list(f"raw/{market.name}/fetches/"))) == 1


def test_commits_of_a_repository(tmp_path: Path, market: Source) -> None:
    """Who commits may say any time, also one that no calendar has."""
    lake, repository = MemoryStore(), Repository(tmp_path / "repository")
    repository.commit("2022-02-10", a__csv=TABLE)
    for number, seconds in enumerate(("7334323200", "99999999999999", "86400")):
        (repository.folder / "a.csv").write_bytes(TABLE.replace(b"1992000", b"%d" % number))
        dates = dict.fromkeys(("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE"), f"@{seconds} +0000")
        run(repository.folder, "commit", "--quiet", "--all", "--message", "a", **dates)
    failed = backfilled(lake, market, f"git:{repository.folder}:a.csv")
    assert len(failed) == 3
    assert len(VaultReader(lake, market.name).vintages()) == 1
