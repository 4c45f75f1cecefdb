"""Damage to marts is found, named in one sentence, and mended."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.marts.mart_file import mart_bytes, read_mart
from tasks.marts.mart_integrity import mart_problems, mend_marts
from tasks.marts.publish_marts import INPUTS_FILE, noted_inputs, publish_marts
from tasks.marts.registry import MARTS
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.rebuilt_files import REPAIR
from tests.published import publish
from tests.tasks.marts.frames import AT, allocated
from tests.tasks.marts.test_publish_marts import files
from tests.tasks.vault.faults import copied
from tests.vaxwatch.lakes import fill

PRK = ("PRK", "Covovax")
[TOTALS] = [mart for mart in MARTS if mart.name == "country_totals"]
[FRESHNESS] = [mart for mart in MARTS if mart.name == "freshness"]


@pytest.fixture(scope="module")
def made() -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    store = MemoryStore()
    for week, doses in enumerate((10, 4)):
        publish(store, "unicef_market", "allocations", allocated({PRK: doses}), week=week)
        publish_marts(store, at=AT)
    return store


@pytest.fixture
def lake(made: MemoryStore) -> Store:
    """Return a lake with two versions and all marts."""
    return copied(made)


def put(store: Store, key: str, change: Callable[[bytes], bytes]) -> None:
    """Replace an object by what `change` makes of it."""
    store.update(key, lambda body: change(body or b""))


def flipped(body: bytes) -> bytes:
    """Return the bytes with one other bit in their middle."""
    half = len(body) // 2
    return body[:half] + bytes([body[half] ^ 1]) + body[half + 1 :]


def faked(store: Store, mart_name: str) -> None:
    """Write a mart without its first row, with all its hashes and inputs."""
    [mart] = [one for one in MARTS if one.name == mart_name]
    rows = read_mart(store, mart)
    put(store, mart.file, lambda _: mart_bytes(mart, rows[1:], noted_inputs(store)[mart.name]))


def without_totals(body: bytes) -> bytes:
    """Return a note on inputs that leaves one mart out."""
    return json.dumps(
        {name: it for name, it in json.loads(body).items() if name != TOTALS.name}
    ).encode()


def test_a_sound_lake_has_no_problem(lake: MemoryStore) -> None:
    """Neither has one without marts; looking writes nothing."""
    before = files(lake)
    assert list(mart_problems(lake, at=AT)) == []
    assert mend_marts(lake, at=AT) == []
    assert files(lake) == before
    assert list(mart_problems(MemoryStore(), at=AT)) == []


@pytest.mark.parametrize(
    ("key", "fault", "damage"),
    [
        *(
            (mart.file, "is damaged: its bytes are not what its own hash states", flipped)
            for mart in MARTS[::3]
        ),
        (TOTALS.file, "is damaged: its bytes are not what its own hash states", lambda _: b""),
        (INPUTS_FILE, "does not name the inputs of country_totals", without_totals),
    ],
)
def test_each_damage_is_named_and_mended(
    lake: MemoryStore, key: str, fault: str, damage: Callable[[bytes], bytes]
) -> None:
    """The mended lake has the bytes of before."""
    before = files(lake)
    put(lake, key, damage)
    assert list(mart_problems(lake, at=AT)) == [f"{lake.uri}/{key} {fault}. {REPAIR}"]
    assert mend_marts(lake, at=AT) == [key]
    assert list(mart_problems(lake, at=AT)) == []
    assert files(lake) == before


def test_a_mart_that_is_gone_or_has_other_rows_is_found(lake: MemoryStore) -> None:
    """Its hashes do not help it: it is built from the tables again, and compared."""
    before = files(lake)
    faked(lake, TOTALS.name)
    lake.delete(FRESHNESS.file)
    found = list(mart_problems(lake, at=AT))
    assert [text.partition("/")[2] for text in found] == [
        f"{TOTALS.file} has other rows than the tables of the lake. {REPAIR}",
        f"{FRESHNESS.file} is missing. {REPAIR}",
    ]
    assert mend_marts(lake, at=AT) == [TOTALS.file, FRESHNESS.file]
    assert files(lake) == before


def test_a_mart_that_lags_behind_the_tables_is_found(lake: MemoryStore) -> None:
    """As where a run was killed before it built the marts."""
    publish(lake, "unicef_market", "allocations", allocated({PRK: 2}), week=2)
    found = list(mart_problems(lake, at=AT))
    lags = "does not show the newest versions of the lake"
    assert f"{lake.uri}/{TOTALS.file} {lags}. {REPAIR}" in found
    assert TOTALS.file in mend_marts(lake, at=AT)
    assert list(mart_problems(lake, at=AT)) == []


def test_a_state_of_the_day_is_no_fault(lake: MemoryStore) -> None:
    """A source is stale years later; that is not compared."""
    assert list(mart_problems(lake, at=AT.replace(year=AT.year + 9))) == []


def test_the_file_of_the_views_is_looked_at_too(tmp_path: Path) -> None:
    """It is compared with the hash that was noted when it was written."""
    fill(str(tmp_path))
    store = open_store(str(tmp_path))
    publish_marts(store, at=AT)
    assert list(mart_problems(store, at=AT)) == []
    put(store, "catalog/lake.duckdb", flipped)
    [problem] = mart_problems(store, at=AT)
    assert problem.endswith(
        f"catalog/lake.duckdb has other bytes than marts/inputs.json states. {REPAIR}"
    )
    assert mend_marts(store, at=AT) == ["catalog/lake.duckdb"]
    assert list(mart_problems(store, at=AT)) == []
