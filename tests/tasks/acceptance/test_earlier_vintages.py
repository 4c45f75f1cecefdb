"""With which vintage a snapshot is compared that comes among others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations
from pathlib import Path

import polars as pl
import pytest

from schemas.source import Source
from tasks.acceptance.earlier_vintages import earlier_vintages, keys_after, keys_with_earlier
from tasks.acceptance.holding import accept
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.raw.archive import archive_snapshot
from tasks.sources import source_named
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.rewrite import release_vintage
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.tasks.acceptance.bodies import COUNTRIES, DAY, flunet

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AZ = [f"{iso3},AstraZeneca" for iso3 in COUNTRIES]
COVOVAX = [f"{iso3},Covovax" for iso3 in COUNTRIES]
BOTH = AZ + COVOVAX


@pytest.fixture
def market() -> Source:
    """Return a source whose snapshots cover the whole table."""
    return source_named("unicef_market")


def parsed(
    folder: Path, source: Source, body: bytes | Sequence[str], *, day: int
) -> ParsedSnapshot:
    """Return a snapshot with this body, or these promises of UNICEF, of that day."""
    if not isinstance(body, bytes):
        rows = [f"{row},1000" for row in body]
        head = "Recipient ISO,Vaccine Name,Doses Allocated"
        body = "\n".join([head, *rows, ""]).encode()
    path = folder / f"{day}.csv"
    path.write_bytes(body)
    fetched = from_file(source, path, retrieved_at=DAY + timedelta(days=day))
    return parse_fetched(source, fetched)


def published(lake: MemoryStore, source: Source, snapshots: Sequence[ParsedSnapshot]) -> list[str]:
    """Publish snapshots in one commit; return what became of each, in the order of time."""
    for one in snapshots:
        archive_snapshot(lake, one.fetched)
    return [outcome.verdict for outcome in publish(lake, source, snapshots, at=NOW)]


def held_days(lake: MemoryStore, source: Source) -> set[int]:
    """Return which days' vintages are held."""
    return {(one.as_of - DAY).days for one in VaultReader(lake, source.name).vintages() if one.held}


def test_new_rows_do_not_hide_missing_ones_between_vintages(tmp_path: Path, market: Source) -> None:
    """Twelve of twenty keys are gone and twelve are new: the number of rows is the same."""
    lake = MemoryStore()
    for day in (0, 9):
        published(lake, market, [parsed(tmp_path, market, AZ, day=day)])
    swapped = parsed(tmp_path, market, AZ[:8] + COVOVAX[8:], day=4)
    [outcome] = publish(lake, market, [swapped], at=NOW)
    assert outcome.verdict == "held"
    assert outcome.notes[0].startswith("allocations: 12 of 20 rows are gone (60.0 %): ")


def test_a_chunk_between_vintages_is_compared_with_the_one_before_each(
    tmp_path: Path, market: Source
) -> None:
    """A vintage of the lake or a snapshot of the chunk, but none that is held."""
    lake = MemoryStore()
    for day, rows in {0: AZ, 4: COVOVAX[:16] + AZ[16:], 9: AZ}.items():
        published(lake, market, [parsed(tmp_path, market, rows, day=day)])
    assert held_days(lake, market) == {4}
    release_vintage(
        VaultReader(lake, market.name), VaultReader(lake, market.name).vintages()[1].id, at=NOW
    )
    rows_by_day = {1: AZ[:8], 2: AZ, 5: AZ, 6: COVOVAX[:16], 7: COVOVAX, 8: AZ[:1]}
    chunk = [parsed(tmp_path, market, rows, day=day) for day, rows in rows_by_day.items()]
    assert published(lake, market, chunk) == ["held", "new", "held", "new", "new", "held"]


def test_the_order_of_a_chunk_does_not_matter(tmp_path: Path, market: Source) -> None:
    """Within a commit each snapshot is compared with those before it in time."""
    tables = [BOTH, BOTH[:16], BOTH[:28], BOTH[:16], BOTH[:28]]
    chunk = [parsed(tmp_path, market, rows, day=day) for day, rows in enumerate(tables)]
    for order in islice(permutations(chunk), 0, None, 8):
        lake = MemoryStore()
        assert published(lake, market, order) == ["new", "held", "new", "held", "new"]


def test_one_by_one_the_vintages_known_at_the_commit_decide(tmp_path: Path, market: Source) -> None:
    """A fault is held behind an earlier vintage; without one it is not."""
    days = {0: AZ, 1: AZ[:8], 2: AZ}
    expected = {(0, 1, 2): {1}, (0, 2, 1): {1}, (2, 0, 1): {1}}
    expected |= {(1, 0, 2): set[int](), (1, 2, 0): set[int](), (2, 1, 0): set[int]()}
    for order, held in expected.items():
        lake = MemoryStore()
        for day in order:
            published(lake, market, [parsed(tmp_path, market, days[day], day=day)])
        assert held_days(lake, market) == held, order


def test_a_vintage_that_comes_later_changes_no_verdict(tmp_path: Path, market: Source) -> None:
    """One that was held stays so, though the one that came between would have let it pass."""
    lake = MemoryStore()
    for day, rows in {0: AZ, 3: AZ[:10], 2: AZ[:14]}.items():
        published(lake, market, [parsed(tmp_path, market, rows, day=day)])
    assert held_days(lake, market) == {3}
    assert published(lake, market, [parsed(tmp_path, market, AZ[:10], day=4)]) == ["unchanged"]


def test_the_keys_of_a_vintage_are_read_once_and_only_of_those_needed(
    tmp_path: Path, market: Source
) -> None:
    """Ten vintages, and three snapshots in two of the gaps between them: two are read."""
    lake = MemoryStore()
    for day in range(0, 40, 4):
        published(lake, market, [parsed(tmp_path, market, AZ, day=day)])
    chunk = [parsed(tmp_path, market, AZ[:8], day=day) for day in (9, 10, 21)]
    earlier = earlier_vintages(lake, market, VaultReader(lake, market.name), chunk)
    read: list[str] = []

    def keys(name: str, table: str) -> pl.DataFrame:
        read.append(name)
        return earlier.keys(name, table)

    accepted = accept(market, chunk, replace(earlier, keys=keys))
    assert [one.draft.held for one in accepted.values()] == [True, True, True]
    assert [name[:8] for name in read] == ["20220218", "20220218", "20220302"]


def test_a_slice_is_compared_with_the_same_slice_of_its_chunk(tmp_path: Path) -> None:
    """Though a vintage of the lake that covers other weeks lies between the two."""
    source, lake = source_named("who_flunet"), MemoryStore()
    for day, start in {0: 0, 5: 20}.items():
        published(lake, source, [parsed(tmp_path, source, flunet(3, start=start), day=day)])
    rows_by_day = {
        2: flunet(3, start=10),
        7: flunet(3, start=10, per_day=5),
        8: flunet(3, per_day=5),
    }
    chunk = [parsed(tmp_path, source, body, day=day) for day, body in rows_by_day.items()]
    assert published(lake, source, chunk) == ["new", "held", "held"]


def test_a_slice_is_compared_with_a_later_vintage_that_covers_it(tmp_path: Path) -> None:
    """A vintage between two snapshots of a chunk overrides the earlier one."""
    source, lake = source_named("who_flunet"), MemoryStore()
    few = flunet(3, start=10, per_day=7)
    published(lake, source, [parsed(tmp_path, source, few, day=5)])
    rows_by_day = {2: flunet(3, start=10), 7: few}
    chunk = [parsed(tmp_path, source, body, day=day) for day, body in rows_by_day.items()]
    assert published(lake, source, chunk) == ["new", "unchanged"]


def test_keys_after_by_example() -> None:
    """`keys_after`, by its plainest cases."""
    known = pl.DataFrame({"iso3": ["PRK", "PRK", "KHM"]})
    assert keys_after(known, known[:1], {"iso3": ["PRK"]}).rows() == [("KHM",), ("PRK",)]


def test_keys_with_earlier_by_example() -> None:
    """`keys_with_earlier`, by its plainest cases."""
    known = pl.DataFrame({"iso3": ["PRK", "KHM"]})
    keys = pl.DataFrame({"iso3": ["PRK", "ERI"]})
    assert keys_with_earlier(
        known, keys, {"iso3": ["PRK", "ERI"]}, since=[{"iso3": ["PRK"]}]
    ).rows() == [("PRK",), ("KHM",), ("ERI",)]
