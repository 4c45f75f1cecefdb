"""Reading: any version, and what changed between two, against reading versions written whole."""

from typing import Any

import polars as pl

from benchmarks.history import TABLE, History, as_of
from benchmarks.taking import ChunkResult
from benchmarks.timing import in_turns, ms
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.queries import difference
from tasks.vault.revisions import revisions
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

SPAN = 20


def as_of_figures(history: History, taken: ChunkResult) -> dict[str, Any]:
    """Return the first, middle and newest version: read from the vault and from its own file."""
    store = FolderStore(taken.lake)
    last = len(taken.rows) - 1
    figures: dict[str, Any] = {}
    for place, version in {"first": 0, "middle": last // 2 + 1, "newest": last}.items():

        def from_vault(version: int = version) -> pl.DataFrame:
            vault = VaultReader(store, history.name)
            when = "latest" if version == last else as_of(version)
            return state_of(vault, TABLE, vault.find(when, TABLE))

        def from_file(version: int = version) -> pl.DataFrame:
            return pl.read_parquet(taken.full(version))

        spent = in_turns({"vault": from_vault, "file": from_file})
        figures[place] = {
            "version": version,
            "vault_ms": ms(spent["vault"]),
            "whole_file_ms": ms(spent["file"]),
            "ratio": round(spent["vault"] / spent["file"], 2),
        }
    figures["worst_ratio"] = max(figure["ratio"] for figure in figures.values())
    return figures


def diff_figures(history: History, taken: ChunkResult) -> dict[str, Any]:
    """Return the diff over 20 versions: the vault's, and from two versions read whole.

    Joining leaves wide rows; the vault lists cells, exact texts included. So the same list made of
    the two files is timed as well.
    """
    store = FolderStore(taken.lake)
    first = len(taken.rows) // 2
    last = min(first + SPAN, len(taken.rows) - 1)

    def from_vault() -> pl.DataFrame:
        vault = VaultReader(store, history.name)
        vintages = vault.vintages()
        return difference(vault, TABLE, vintages[first], vintages[last])

    def from_files() -> pl.DataFrame:
        key = list(history.key)
        before, after = (pl.read_parquet(taken.full(version)) for version in (first, last))
        figures = [name for name in after.columns if name in before.columns and name not in key]
        differs = [pl.col(name).ne_missing(pl.col(f"{name}_right")) for name in figures]
        joined = before.lazy().join(after.lazy(), on=key, how="full", coalesce=True)
        return joined.filter(pl.any_horizontal(differs)).collect()

    def cells_from_files() -> pl.DataFrame:
        before, after = (pl.read_parquet(taken.full(version)) for version in (first, last))
        return revisions(before, after, key=history.key)

    assert cells_from_files().equals(from_vault().drop("gone"))
    jobs = {"vault": from_vault, "files": from_files, "cells": cells_from_files}
    spent = in_turns(jobs)
    return {
        "versions": [first, last],
        "changed_rows": from_vault().select(history.key).unique().height,
        "changed_rows_by_joining": from_files().height,
        "vault_ms": ms(spent["vault"]),
        "read_both_and_join_ms": ms(spent["files"]),
        "read_both_and_list_cells_ms": ms(spent["cells"]),
        "ratio": round(spent["vault"] / spent["files"], 3),
        "ratio_to_the_same_cells": round(spent["vault"] / spent["cells"], 3),
    }
