"""Damage anywhere in a lake: `verify --deep` finds it, `repair` mends what can be made again."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.compact import compact_vault
from tasks.vault.garbage import reachable
from tasks.vault.vault_reader import VaultReader
from tests.tasks.pipeline.test_publish import COUNTRIES, everywhere
from tests.tasks.vault.proof.operations import slow
from tests.vaxwatch.lakes import Ask

DAY = datetime(2022, 2, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARKET = "unicef_market"
HEAD = "Recipient ISO,Vaccine Name,Doses Allocated"
DERIVED = ("hint.json", "shapes.json", "views.sql", "alerts.parquet", "alert_events.parquet")
"""What `repair` makes again, beside the Parquet of the tables."""
NEEDED_BY_NOTHING = (
    "data-docs/",
    "failed/",
    "/wire/",
    "/shapes.json",
    "hint.json",
    "catalog/store.json",
)
"""Objects whose loss changes no answer: evidence of failures, records that are made again."""


def ingested(lake: Path, folder: Path, day: int, rows: list[str]) -> None:
    """Ingest the table of a day."""
    file = folder / f"{day}.csv"
    file.write_text("\n".join([HEAD, *rows, ""]))
    at = DAY + timedelta(days=day)
    run = RunContext(store=open_store(str(lake)), source=source_named(MARKET), at=at)
    ingest_snapshot(run, file=str(file), retrieved_at=at)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake with every kind of object: packs, quarantined rows, flags, alerts, quality."""
    folder = tmp_path_factory.mktemp("damage")
    lake = folder / "lake"
    ingested(lake, folder, 1, [*everywhere(1_000_000), "PRK,Sinovac,many"])
    for day in range(2, 5):
        ingested(lake, folder, day, everywhere(1_000_000 * day))
    compact_vault(VaultReader(open_store(str(lake)), MARKET), at=NOW)
    ingested(lake, folder, 5, everywhere(300_000, COUNTRIES[:14]))
    ingested(lake, folder, 6, [*everywhere(300_000, COUNTRIES[:13]), "UGA,AstraZeneca,-5"])
    return lake


def keys(lake: Path) -> list[str]:
    """Return the names of all objects, without the lock file."""
    names = (str(path.relative_to(lake)) for path in sorted(lake.rglob("*")) if path.is_file())
    return [name for name in names if name != ".lock"]


def flipped(body: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one other bit."""
    changed, bit = bytearray(body), chance.randrange(8 * len(body))
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def cut(body: bytes, chance: random.Random) -> bytes:
    """Return the first of the bytes."""
    return body[: chance.randrange(len(body))]


def garbage(body: bytes, chance: random.Random) -> bytes:
    """Return as many other bytes."""
    return chance.randbytes(max(len(body), 8))


def objects_of(lake: Path) -> set[str]:
    """Return the objects that the newest commit of the source needs."""
    vault = VaultReader(open_store(str(lake)), MARKET)
    assert vault.head is not None
    return set(reachable(vault.store, vault.head, {}))


def is_derived(key: str) -> bool:
    """Return whether an object can be made again from others."""
    return (
        key.endswith(DERIVED)
        or key.startswith("data-docs/")
        or (key.endswith(".parquet") and "/_vault/" not in key)
    )


def test_every_kind_of_object_is_there(whole: Path, ask: Ask) -> None:
    """The lake is sound, and has what the other tests damage."""
    assert ask("verify", "--deep", at=whole).code == 0
    kinds = {key.split("/")[-2] if "_vault" in key else key.split("/")[-1] for key in keys(whole)}
    tables = {"latest", "history", "changes", "vintages", "flags", "unread"}
    assert {"log", "pack", "seg", "quarantine", "archive", "hint.json"} <= kinds | {"hint.json"}
    assert {f"{name}.parquet" for name in tables} <= kinds
    assert {"views.sql", "store.json", "alerts.parquet", "shapes.json"} <= kinds


@pytest.mark.parametrize("hurt", [flipped, slow(cut), slow(garbage)])
def test_damage_is_found_and_what_derives_is_mended(
    whole: Path, ask: Ask, hurt: Callable[[bytes, random.Random], bytes]
) -> None:
    """One object after the other, each at a random place; the problem names the object."""
    chance = random.Random(hurt.__name__)  # noqa: S311 (nothing is secret)
    for key in keys(whole):
        path = whole / key
        body = path.read_bytes()
        path.write_bytes(hurt(body, chance))
        hurt_body = path.read_bytes()
        if hurt_body == body:
            continue
        found = ask("verify", "--deep", "--json", at=whole)
        text = " ".join(problem["problem"] for problem in found.document["problems"])
        assert found.code == 1, key
        assert Path(key).name in text, key
        if is_derived(key):
            ask("repair", at=whole)
            assert ask("verify", "--deep", at=whole).code == 0, key
        path.write_bytes(body)


def test_what_is_gone_is_found(whole: Path, ask: Ask) -> None:
    """Every object that an answer rests on is missed.

    The oldest entry of a log, which a garbage collection may have dropped, is not, nor is an object
    that only older commits name.
    """
    needed = {f"{MARKET}/{name}" for name in objects_of(whole)}
    for key in keys(whole):
        is_dropped = "/_vault/log/" in key and key.endswith(f"{1:012d}.json")
        is_packed = key.startswith(f"{MARKET}/_vault/seg/") and key not in needed
        if is_dropped or is_packed or any(part in key for part in NEEDED_BY_NOTHING):
            continue
        path = whole / key
        body = path.read_bytes()
        path.unlink()
        assert ask("verify", "--deep", at=whole).code == 1, key
        if is_derived(key):
            ask("repair", at=whole)
            assert ask("verify", "--deep", at=whole).code == 0, key
        path.write_bytes(body)
