"""What a retraction leaves in the commits and in the files that people open."""

import json

import polars as pl
import pytest

from schemas.errors import UnknownName, WrongUse
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots, commit_unchanged
from tasks.vault.commit_codec import from_document, to_document
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction, undo_retraction
from tasks.vault.rewrite import restate_vintages
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, SCHEMA, draft

ROWS = [("PRK", "AstraZeneca", 8_115_600)]


def decision(name: str) -> Retraction:
    """Return a decision on a vintage."""
    return Retraction(id=name, at=NOW, reason="a typo", by="Kim", vintage=None)


def vault_of(*days: int, same: bool = False) -> VaultReader:
    """Return a vault with a vintage of each day."""
    vault = VaultReader(MemoryStore(), "s")
    for day in days:
        rows = ROWS if same else [("PRK", "AstraZeneca", 1_000 * day)]
        commit_snapshots(vault, [draft(day, rows)], at=NOW)
    publish_tables(vault)
    return vault


def test_commits_without_a_retraction_are_written_as_before() -> None:
    """The key is there only where there is something in it; both read as they were written."""
    vault = vault_of(1, 2)
    head = vault.head
    assert head is not None
    document = to_document(head, source="s", writer="w")
    assert "retractions" not in document
    wrong = vault.vintages()[0]
    commit_retraction(vault, decision(wrong.id))
    undo_retraction(vault, draft(1, [("PRK", "AstraZeneca", 1_000)]), decision(wrong.id))
    commit_retraction(vault, decision(wrong.id))
    again = vault.head
    assert again is not None
    assert [one.vintage for one in again.retractions] == [wrong, None, wrong]
    for commit in (head, again):
        text = json.dumps(to_document(commit, source="s", writer="w"))
        assert from_document(json.loads(text)) == commit


def test_the_tail_keeps_the_newest_vintage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where everything after a sealed page is retracted."""
    monkeypatch.setattr("tasks.vault.pages.PAGE", 3)
    vault = vault_of(1, 2, 3, 4)
    assert vault.head is not None
    assert [page.count for page in vault.head.pages] == [3]
    commit_retraction(vault, decision(vault.vintages()[-1].id))
    assert (len(vault.head.pages), [one.as_of.day for one in vault.head.tail]) == (0, [1, 2, 3])


def test_the_bytes_of_the_newest_vintage_do_not_bring_it_back() -> None:
    """An ingest that need not parse asks first whether its time is retracted."""
    vault = vault_of(1, 2, same=True)
    wrong, again = vault.vintages()[-1], draft(2, ROWS)
    commit_retraction(vault, decision(wrong.id))
    head = vault.head
    assert commit_unchanged(vault, again.snapshot, parser_version=1, at=NOW) is None
    assert restate_vintages(vault, lambda: [again], at=NOW)[0].verdict == "known"
    assert vault.head == head


def test_files_of_no_vintage_have_their_columns_and_no_rows() -> None:
    """What BI opens goes on to work; the next vintage fills it."""
    lake = MemoryStore()
    vault = VaultReader(lake, "s")
    commit_snapshots(vault, [draft(1, ROWS)], at=NOW)
    publish_tables(vault)
    kinds = ("latest", "history", "changes", "vintages")
    columns = [vault.published("doses", kind).frame().schema for kind in kinds]
    commit_retraction(vault, decision(vault.vintages()[0].id))
    assert len(publish_tables(vault)) == len(kinds)
    assert publish_tables(vault) == []
    files = [vault.published("doses", kind) for kind in kinds]
    assert [(one.frame().schema, one.frame().height) for one in files] == [
        (schema, 0) for schema in columns
    ]
    assert {one.gen for one in files} == {2}
    assert verify_vault(vault, deep=True) == []
    commit_snapshots(vault, [draft(2, ROWS)], at=NOW)
    publish_tables(vault)
    assert vault.published("doses", "latest").frame()["doses"].to_list() == [8_115_600]
    assert verify_vault(VaultReader(lake, "s"), deep=True) == []


def test_a_column_of_an_earlier_vintage_alone_is_no_fault_of_the_latest() -> None:
    """Its file has the same rows with and without the earlier one, and stays as it is."""
    vault = VaultReader(MemoryStore(), "s")
    wide = pl.DataFrame(ROWS, schema=SCHEMA, orient="row").with_columns(index=pl.lit(1))
    commit_snapshots(vault, [draft(1, wide), draft(2, ROWS)], at=NOW)
    publish_tables(vault)
    wrong, latest = vault.vintages()[0], vault.store.get("doses/latest.parquet")
    commit_retraction(vault, decision(wrong.id))
    publish_tables(vault)
    assert vault.store.get("doses/latest.parquet") == latest
    assert verify_vault(vault, deep=True) == []
    undo_retraction(vault, draft(1, wide), decision(wrong.id))
    publish_tables(vault)
    assert verify_vault(vault, deep=True) == []


def test_wrong_calls_are_refused() -> None:
    """An unknown id, one that is retracted already, one that is not."""
    vault = vault_of(1)
    with pytest.raises(UnknownName):
        commit_retraction(vault, decision("nobody"))
    with pytest.raises(WrongUse, match="is not retracted"):
        undo_retraction(vault, draft(1, ROWS), decision("nobody"))
    name = vault.vintages()[0].id
    commit_retraction(vault, decision(name))
    with pytest.raises(WrongUse, match="was retracted"):
        commit_retraction(vault, decision(name))
    with pytest.raises(WrongUse, match="was retracted"):
        vault.find(name, "doses")
