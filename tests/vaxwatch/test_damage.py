"""Damage anywhere in a lake: `verify --deep` finds it, `repair` mends what can be made again."""

import random
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest

from tasks.lake_runs.lake_marts import build_marts
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.compact import compact_vault
from tasks.vault.garbage import reachable
from tasks.vault.vault_reader import VaultReader
from tests.tasks.steps.test_publish import COUNTRIES, everywhere
from tests.thorough import quick
from tests.vaxwatch.lakes import Ask

pytestmark = pytest.mark.long

DAY = datetime(2022, 2, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARKET = "unicef_market"
HEAD = "Recipient ISO,Vaccine Name,Doses Allocated"
DERIVED = (
    *("hint.json", "shapes.json", "views.sql", "alerts.parquet", "alert_events.parquet"),
    *("store.json", "inputs.json", "lake.duckdb"),
)
"""What `repair` makes again, beside the Parquet of the tables."""
NEEDED_BY_NOTHING = (
    "data-docs/",
    "runs/",
    "failed/",
    "/wire/",
    "/shapes.json",
    "hint.json",
    "catalog/store.json",
    "alerts/judged/",
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


def gone(_: bytes, __: random.Random) -> None:
    """Return nothing: the object is deleted."""


def kind_of(key: str) -> str:
    """Return the name of an object without its source, or its folder where a number is its name."""
    folder, _, name = key.rpartition("/")
    if re.match(r"[0-9a-f]{8}", name):
        return "/".join(re.sub(r"/[0-9a-f]{2}$", "", folder).split("/")[-2:])
    return key if folder == "alerts" else name


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


Damage = Callable[[bytes, random.Random], bytes | None]
DAMAGES: tuple[Damage, ...] = (flipped, gone, cut, garbage)


def contents(lake: Path) -> dict[str, bytes]:
    """Return all objects."""
    return {key: (lake / key).read_bytes() for key in keys(lake)}


def is_missed(lake: Path, key: str) -> bool:
    """Return whether an answer rests on an object.

    None does on the oldest entry of a log, which a garbage collection may have dropped, nor on an
    object that only older commits name.
    """
    needed = {f"{MARKET}/{name}" for name in objects_of(lake)}
    is_dropped = "/_vault/log/" in key and key.endswith(f"{1:012d}.json")
    is_packed = key.startswith(f"{MARKET}/_vault/seg/") and key not in needed
    return not (is_dropped or is_packed or any(part in key for part in NEEDED_BY_NOTHING))


def check(lake: Path, ask: Ask, damages: Iterable[tuple[str, Damage]]) -> None:
    """Damage one object after the other, each at a random place, and bring it back.

    The problem names the object. A repaired lake has the bytes of the whole one, or is sound by
    `verify` (the views may come in another order).
    """
    chance, before = random.Random(MARKET), contents(lake)  # noqa: S311 (nothing is secret)
    for key, damage in damages:
        path, hurt = lake / key, damage(before[key], chance)
        if hurt == before[key] or (hurt is None and not is_missed(lake, key)):
            continue
        path.unlink()
        if hurt is not None:
            path.write_bytes(hurt)
        found = ask("verify", "--deep", "--json", at=lake)
        text = " ".join(problem["problem"] for problem in found.document["problems"])
        assert found.code == 1, (key, damage)
        assert hurt is None or path.name in text, (key, damage)
        if is_derived(key):
            ask("repair", at=lake)
            is_as_before = contents(lake) == before
            assert is_as_before or ask("verify", "--deep", at=lake).code == 0, (key, damage)
        path.write_bytes(before[key])


def test_every_kind_of_object_is_there(whole: Path, ask: Ask) -> None:
    """The lake is sound, and has what the other tests damage."""
    assert ask("verify", "--deep", at=whole).code == 0
    tables = {"latest", "history", "changes", "vintages", "flags", "unread"}
    vault = {f"_vault/{name}" for name in ("log", "pack", "seg", "quarantine", "archive")}
    alerts = {f"alerts/{name}" for name in ("log", "hint.json", "alerts.parquet")}
    raw = {"raw/bodies", f"{MARKET}/fetches", f"{MARKET}/wire", "shapes.json"}
    rest = {"hint.json", "views.sql", "store.json", "index.html"}
    expected = vault | alerts | raw | rest | {f"{name}.parquet" for name in tables}
    assert expected <= {kind_of(key) for key in keys(whole)}


def test_damage_of_every_kind_of_object_is_found_and_what_derives_is_mended(
    whole: Path, ask: Ask
) -> None:
    """The newest object of each kind; the ways of damage take turns."""
    newest = {kind_of(key): key for key in keys(whole)}
    check(whole, ask, [*zip(newest.values(), cycle(DAMAGES))][:: quick(5, 1)])


@pytest.fixture(scope="module")
def with_marts(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the lake that has marts."""
    lake = tmp_path_factory.mktemp("marts") / "lake"
    shutil.copytree(whole, lake)
    build_marts(open_store(str(lake)), at=NOW)
    return lake


def test_damage_of_marts_is_found_and_mended(with_marts: Path, ask: Ask) -> None:
    """A mart, what is noted of their inputs, and the file with their views."""
    assert ask("verify", "--deep", at=with_marts).code == 0
    kinds = ("marts/changes_all.parquet", "marts/inputs.json", "catalog/lake.duckdb")
    check(with_marts, ask, [*zip(kinds, DAMAGES, strict=False)][: quick(1, 3)])


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_of_every_mart(with_marts: Path, ask: Ask, damage: Damage) -> None:
    """The same with every one of them."""
    marts = [key for key in keys(with_marts) if key.startswith("marts/")]
    check(with_marts, ask, [(key, damage) for key in [*marts, "catalog/lake.duckdb"]])


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_of_every_object(whole: Path, ask: Ask, damage: Damage) -> None:
    """The same with every object."""
    check(whole, ask, [(key, damage) for key in keys(whole)])
