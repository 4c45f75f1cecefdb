from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import BadBody, Damaged, WrongUse
from schemas.source import Bodies, Source
from tasks.pipeline.rebuild import rebuild
from tasks.raw.archive import archive_snapshot, evidence_key
from tasks.raw.body_reader import body_key
from tasks.sources import source_named
from tasks.steps.publish import ParsedSnapshot, publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.rewrite import release_vintage
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.parsed import readings
from tests.tasks.steps.test_publish import COUNTRIES, DAY, NOW, everywhere, parsed_snapshot
from tests.tasks.vault.faults import copied

MARKET = "unicef_market"
LATER = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def market() -> Source:
    """Return a source whose snapshots cover the whole table."""
    return source_named(MARKET)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    store, folder, market = MemoryStore(), tmp_path_factory.mktemp("bodies"), source_named(MARKET)
    for day, countries in enumerate([COUNTRIES, COUNTRIES[:10], COUNTRIES]):
        one = parsed_snapshot(folder, market, everywhere(1000 + day, countries), day=day)
        archive_snapshot(store, one.fetched)
        publish(store, market, [one], at=NOW)
    return store


@pytest.fixture
def lake(made: MemoryStore) -> Store:
    """Return a lake with three vintages, of which the second lost half of its rows and is held."""
    return copied(made)


def newer(source: Source) -> Source:
    """Return a source whose next parser takes doses for twice as many."""

    def parse(bodies: Bodies) -> dict[str, object]:
        body = bodies["main"].replace(b"AstraZeneca,", b"AstraZeneca,2")
        return source.parse({"main": body})  # pyright: ignore[reportReturnType]

    return replace(source, parser_version=2, parse=parse)  # pyright: ignore[reportArgumentType]


def test_same_parser_gives_the_same_vintages(lake: MemoryStore, market: Source) -> None:
    """A rebuild with the parser that was there gives the same vintages, bit for bit."""
    before = VaultReader(lake, market.name).vintages()
    rebuilt = rebuild(lake, market, at=LATER)
    after = VaultReader(lake, market.name).vintages()
    assert [replace(vintage, ingested_at=NOW) for vintage in after] == before
    assert [outcome.id for outcome in rebuilt.outcomes] == [vintage.id for vintage in before]
    assert (rebuilt.before, rebuilt.number) == (3, 4)
    publish(lake, market, [], at=LATER)
    assert verify_vault(VaultReader(lake, market.name), deep=True) == []


def test_newer_parser_makes_a_new_generation_beside_the_old(
    lake: MemoryStore, market: Source
) -> None:
    """Its figures are published; the earlier ones stay readable by their sequence number."""
    rebuilt = rebuild(lake, newer(market), at=LATER)
    now, then = (
        VaultReader(lake, market.name),
        VaultReader(lake, market.name, number=rebuilt.before),
    )
    doses = [
        state_of(vault, "allocations", vault.find(DAY))["doses_allocated"][0]
        for vault in (now, then)
    ]
    assert doses == [21_000, 1_000]
    assert {vintage.parser_version for vintage in now.vintages()} == {2}


def test_held_stays_held_and_released_stays_released(lake: MemoryStore, market: Source) -> None:
    """A person's decision stands; its reason is reported again."""
    rebuild(lake, market, at=LATER)
    [held] = [one for one in VaultReader(lake, market.name).vintages() if one.held]
    assert held.as_of == DAY + timedelta(days=1)
    vault = VaultReader(lake, market.name)
    assert release_vintage(vault, held.id, at=LATER)
    rebuilt = rebuild(lake, market, at=LATER)
    assert not any(one.held for one in VaultReader(lake, market.name).vintages())
    assert "10 of 20 rows are gone" in rebuilt.outcomes[1].notes[0]


def test_bytes_that_cannot_be_read_any_more_stop_it(lake: MemoryStore, market: Source) -> None:
    """All vintages or none: each one that fails is listed, and nothing is committed."""

    def parse(bodies: Bodies) -> dict[str, object]:
        if b"1001" in bodies["main"]:
            raise BadBody("unicef_market", "a shape of old", "the shape of today", "Mend it.")
        return market.parse(bodies)  # pyright: ignore[reportReturnType]

    broken = replace(market, parse=parse)  # pyright: ignore[reportArgumentType]
    rebuilt = rebuild(lake, broken, at=LATER)
    assert [one.as_of for one in rebuilt.failed] == [DAY + timedelta(days=1)]
    assert "a shape of old" in rebuilt.failed[0].error
    head = VaultReader(lake, market.name).head
    assert head is not None
    assert head.number == 3


def test_missing_bytes_are_reported(lake: MemoryStore, market: Source, tmp_path: Path) -> None:
    """A body or its evidence that is gone is named; nothing is changed."""
    one = parsed_snapshot(tmp_path, market, everywhere(1000)).fetched.snapshot
    lake.delete(body_key(one.bodies[0].sha256))
    with pytest.raises(Damaged, match=one.bodies[0].sha256):
        rebuild(lake, market, at=LATER)
    lake.delete(evidence_key(one))
    with pytest.raises(Damaged, match=one.id):
        rebuild(lake, market, at=LATER)


def test_source_without_a_vintage_is_wrong_use(market: Source) -> None:
    """There is nothing to parse again."""
    with pytest.raises(WrongUse, match="has no vintage"):
        rebuild(MemoryStore(), market, at=LATER)


def test_superseded_snapshot_is_not_brought_back(
    lake: MemoryStore, market: Source, tmp_path: Path
) -> None:
    """Its bytes stay in the archive, but it is no vintage any more."""
    path = tmp_path / "corrected"
    path.mkdir()
    one = parsed_snapshot(path, market, everywhere(7))
    archive_snapshot(lake, one.fetched)
    again = ParsedSnapshot(fetched=one.fetched, tables=readings(market, one.fetched.contents))
    publish(lake, market, [again], at=NOW, supersede=True)
    rebuild(lake, market, at=LATER)
    vault = VaultReader(lake, market.name)
    assert len(vault.vintages()) == 3
    assert vault.find(DAY).id == one.fetched.snapshot.id
