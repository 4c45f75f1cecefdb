from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from schemas.errors import WrongUse
from schemas.records import Body, Fetched, Snapshot
from schemas.source import Bodies, Source
from tasks.formats.delimited import read_csv
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import ChunkResult, take
from tasks.raw.archive import archive_snapshot
from tasks.raw.body_reader import body_key
from tasks.vault.backends.memory_store import MemoryStore
from tasks.web.fetch import body_of
from tests.tasks.origins.allocated import NOW, SOURCE, table

AT = datetime(2022, 2, 10, tzinfo=UTC)


def kept(lake: MemoryStore, contents: Mapping[str, bytes], *, day: int = 0) -> Snapshot:
    """Keep a snapshot of some bodies."""
    bodies = tuple(
        Body(name=name, sha256=body_of(content).sha256, size=len(content))
        for name, content in contents.items()
    )
    at = AT + timedelta(days=day)
    snapshot = Snapshot(source=SOURCE.name, retrieved_at=at, bodies=bodies, url=SOURCE.url)
    archive_snapshot(lake, Fetched(snapshot=snapshot, contents=contents, evidence={"kind": "http"}))
    return snapshot


def reread(lake: MemoryStore, source: Source = SOURCE, policy: str = "failed") -> ChunkResult:
    """Backfill from the lake's own archive."""
    offered = plan(source.name, "raw", store=lake)
    chunk = wanted(lake, source, offered, policy=policy)  # pyright: ignore[reportArgumentType]
    return take(lake, source, chunk, at=NOW)


def test_kept_snapshots_are_read_again_once_the_parser_is_mended() -> None:
    """What failed then is published now, at its own time; what was published stays as it is."""
    lake = MemoryStore()
    kept(lake, {"main": table(1)})
    late = kept(lake, {"main": b"iso3|doses\nPRK|2\n"}, day=1)
    first = reread(lake)
    assert [one.verdict for one in first.outcomes] == ["new"]
    assert [one.as_of for one in first.failed] == [late.retrieved_at]

    def mended(bodies: Bodies) -> dict[str, pl.DataFrame]:
        body = bodies["main"].replace(b"|", b",")
        return {"allocations": read_csv(body, where="allocated")}

    second = reread(lake, replace(SOURCE, parse=mended))
    assert [one.id for one in second.outcomes] == [late.id]
    assert reread(lake, replace(SOURCE, parse=mended)).outcomes == ()


def test_snapshot_of_several_bodies_comes_whole() -> None:
    """Each body is there under its name."""
    lake, seen = MemoryStore(), list[dict[str, bytes]]()
    contents = {"model": b"{}", "answer": table(3)}

    def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
        seen.append(dict(bodies))
        return {"allocations": read_csv(bodies["answer"], where="allocated")}

    kept(lake, contents)
    assert len(reread(lake, replace(SOURCE, parse=parse)).outcomes) == 1
    assert seen == [contents]


def test_evidence_stays_as_the_fetch_left_it() -> None:
    """Reading again is no fetch."""
    lake = MemoryStore()
    kept(lake, {"main": table(1)})
    before = dict(lake._objects)
    reread(lake)
    assert {key: lake._objects[key] for key in before} == before
    assert list(lake.list(f"raw/{SOURCE.name}/fetches/")) == [
        key for key in before if "/fetches/" in key
    ]


@pytest.mark.parametrize("damage", [None, b"no frame"])
def test_bytes_that_are_gone_are_reported_and_the_others_go_on(damage: bytes | None) -> None:
    """The sentence names the object to restore."""
    lake = MemoryStore()
    lost = kept(lake, {"main": table(1)})
    kept(lake, {"main": table(2)}, day=1)
    key = body_key(lost.bodies[0].sha256)
    lake.delete(key)
    if damage:
        lake.put_if_absent(key, damage)
    taken = reread(lake)
    assert len(taken.outcomes) == 1
    assert key in taken.failed[0].error
    assert "Restore this object" in taken.failed[0].error


def test_range_and_policy_hold_for_the_lake_as_well() -> None:
    """Only what was kept within the asked time is offered, oldest first."""
    lake = MemoryStore()
    for day in (2, 0, 1):
        kept(lake, {"main": table(day)}, day=day)
    offered = plan(SOURCE.name, "raw", store=lake, since=AT, until=AT + timedelta(days=1))
    assert [one.retrieved_at for one in offered] == [AT, AT + timedelta(days=1)]
    reread(lake)
    assert [one.verdict for one in reread(lake, policy="all").outcomes] == ["known"] * 3


@pytest.mark.parametrize("origin", ["raw:", "raw:x", "ftp:x", "dir:", "archive", ""])
def test_unknown_origin_lists_what_there_is(origin: str) -> None:
    """A lake has one raw archive, and names need their places."""
    with pytest.raises(WrongUse, match="There is: dir:PATH, git:REPO:PATH, wayback, wayback:URL"):
        plan(SOURCE.name, origin)
