"""Footprint: the bytes a history takes in the vault, with every peer, and at the floor."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from benchmarks.floor import floor_bytes
from benchmarks.history import seal
from benchmarks.peers import WRITTEN_WHOLE, delta_log, delta_merge, git_pack
from benchmarks.timing import ms
from tasks.vault.backends.folder_store import FolderStore

DERIVED = "published"


def vault_bytes(source: Path) -> dict[str, int]:
    """Return the bytes below a source's folder by kind: the vault's own, and what is published."""
    kinds: Counter[str] = Counter()
    for path in source.rglob("*"):
        if path.is_file():
            place = path.relative_to(source).parts
            kind = place[1] if place[0] == "_vault" else f"{DERIVED} {place[-1]}"
            kinds[kind] += path.stat().st_size
    return dict(sorted(kinds.items()))


def footprint(
    source: Path,
    full_bytes: Sequence[int],
    changed: Sequence[pl.DataFrame],
    *,
    key: tuple[str, ...],
    bodies: Sequence[bytes] | None = None,
) -> dict[str, Any]:
    """Return bytes and ratios. `bodies`: for git; None leaves git out.

    The vault is sealed first: compacted, and what nothing needs any more collected. `log` is all
    that it then keeps below `_vault` but the bases, which are whole states that only shorten the
    way; `everything` adds these and what it publishes; `lake` is every file, the raw archive's too.
    """
    as_left = vault_bytes(source)
    seal(FolderStore(source.parent), source.name, len(full_bytes))
    kinds = vault_bytes(source)
    bases = kinds.get("base", 0)
    log = sum(size for kind, size in kinds.items() if not kind.startswith(DERIVED)) - bases
    work = source.parent.parent
    lake = sum(path.stat().st_size for path in source.parent.rglob("*") if path.is_file())
    git = None if bodies is None else git_pack(work / "git", bodies)
    floor = floor_bytes([rows.filter(pl.col("_op") == 1).drop("_op") for rows in changed], key)
    full = sum(full_bytes)
    return {
        "versions": len(full_bytes),
        "changed_rows": sum(rows.height for rows in changed[1:]),
        "vault": kinds,
        "vault_before_sealing": as_left,
        "log": log,
        "everything": sum(kinds.values()),
        "lake": lake,
        "full_snapshots": full,
        "git_pack": git,
        "floor": floor,
        "log / full": round(log / full, 4),
        "log and bases / full": round((log + bases) / full, 4),
        "log / floor": round(log / floor, 2),
        "everything / full": round(sum(kinds.values()) / full, 4),
        "lake / full": round(lake / full, 4),
        "log / git pack": None if git is None else round(log / git, 2),
        **_delta(work, full_bytes, changed, key=key, log=log),
    }


def _delta(
    work: Path,
    full_bytes: Sequence[int],
    changed: Sequence[pl.DataFrame],
    *,
    key: tuple[str, ...],
    log: int,
) -> dict[str, Any]:
    """Return what Delta Lake makes of the history: appended to a log, and merged into a state."""
    appended = delta_log(work / "delta-log", changed)
    some = changed[1:WRITTEN_WHOLE]
    merged, spent = delta_merge(work / "delta-merge", changed[0].drop("_op"), some, key)
    count = len(some) + 1
    return {
        "delta_log": appended,
        "delta_merge_versions": count,
        "delta_merge_a_version": {kind: round(size / count) for kind, size in merged.items()},
        "delta_merge_ms": ms(median(spent)),
        "log / delta log": round(log / appended["plain"], 3),
        "log / delta log, optimised": round(log / appended["optimised"], 3),
        "delta merge / full": round(merged["plain"] / sum(full_bytes[:count]), 2),
    }
