"""The columns of a table change only with its version, and with an announcement."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.tables import TABLES
from schemas.versions import FILE_VERSIONS, SYSTEM_TABLE_VERSIONS, TABLE_VERSIONS
from tests.reader_contract import (
    CONTRACTS,
    ROOT,
    SYSTEM_SOURCES,
    Column,
    Contract,
    declared,
    kept,
    write,
)
from tests.reader_faults import faults, is_announced

CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
ALLOCATIONS = kept(CONTRACTS, "allocations", 1)


def test_declared_columns_match_the_reader_contracts() -> None:
    """No column changed without a version; `make reader-contract` says what to do."""
    assert faults(declared(), CONTRACTS, changelog=CHANGELOG) == []


def test_every_table_has_a_version() -> None:
    """And so has every dataset of the lake's own; no file has the name of a table."""
    assert set(TABLE_VERSIONS) == set(TABLES)
    assert set(SYSTEM_TABLE_VERSIONS) == set(SYSTEM_SOURCES)
    assert not set(TABLE_VERSIONS) & set(FILE_VERSIONS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the contract of one table."""
    write([ALLOCATIONS], tmp_path)
    assert faults([ALLOCATIONS], tmp_path, changelog="") == []
    return tmp_path


def with_column(place: int, **other: Any) -> Contract:
    """Return the contract with one column otherwise."""
    columns = list(ALLOCATIONS.columns)
    columns[place] = replace(columns[place], **other)
    return replace(ALLOCATIONS, columns=tuple(columns))


MORE = Column(name="doses_held", type="Int64", always=False, unit="doses", meaning="held [doses]")
COLUMNS = ALLOCATIONS.columns


@pytest.mark.parametrize(
    ("altered", "message"),
    [
        (replace(ALLOCATIONS, columns=COLUMNS[:-1]), "column doses_allocated is gone"),
        (with_column(-1, name="doses_given"), "column doses_given is new"),
        (with_column(-1, type="Float64"), "was Int64 in [doses], may be absent and is Float64"),
        (with_column(-1, unit="thousands"), "and is Int64 in [thousands]"),
        (with_column(0, always=False), "column iso3 was String and is String, may be absent"),
        (replace(ALLOCATIONS, columns=(*COLUMNS, MORE)), "column doses_held is new"),
        (replace(ALLOCATIONS, columns=COLUMNS[::-1]), "the columns are in another order"),
        (replace(ALLOCATIONS, key=("iso3",)), "the key was iso3, product, mechanism and is iso3"),
    ],
)
def test_columns_do_not_change_without_their_version(
    folder: Path, altered: Contract, message: str
) -> None:
    """The message lists every required step."""
    [fault] = faults([altered], folder, changelog="")
    assert fault.startswith("allocations: ")
    assert message in fault
    for step in (
        "set allocations to 2 in schemas/versions.py",
        "run `make reader-contract`",
        "in CHANGELOG.md (a line with `allocations` and version 2)",
        "keep tests/contracts/allocations.1.json",
    ):
        assert step in fault


def test_another_meaning_is_a_question(folder: Path) -> None:
    """Better words are written down; another figure needs a version."""
    [fault] = faults([with_column(-1, meaning="doses given [doses]")], folder, changelog="")
    assert "allocations.doses_allocated means 'doses given [doses]', and meant 'doses set" in fault
    assert "it needs version 2" in fault


def test_a_new_version_is_recorded_and_announced(folder: Path) -> None:
    """A bump alone is not enough; with contract and changelog line it is."""
    raised = replace(ALLOCATIONS, columns=(*COLUMNS, MORE), version=2)
    untold, unwritten = faults([raised], folder, changelog="- Nothing.\n")
    assert untold.startswith("allocations: no line of CHANGELOG.md names `allocations` and version")
    assert unwritten == (
        "allocations: version 2 is not written down; `make reader-contract` does it."
    )
    assert write([raised], folder) == ["allocations.2.json", "allocations.2.sql"]
    line = "- Table `allocations`, version 2:\n  a column `doses_held`.\n"
    assert faults([raised], folder, changelog=line) == []
    assert '"doses_held"' in (folder / "allocations.2.sql").read_text()
    assert kept(folder, "allocations", 1) == ALLOCATIONS


@pytest.mark.parametrize(
    "changelog",
    [
        "- Table `allocations`, version 20.\n",
        "- Table `allocations`.\n- Table `cases`, version 2.\n",
        "- Table allocations, version 2.\n",
    ],
)
def test_a_changelog_names_table_and_version_in_one_entry(changelog: str) -> None:
    """Two halves in two places are no announcement."""
    assert not is_announced(changelog, "allocations", 2)


@pytest.mark.parametrize("kind", ["json", "sql"])
def test_what_is_written_once_stays(folder: Path, kind: str) -> None:
    """No version is overwritten, none is thrown away, none is taken back."""
    raised = replace(ALLOCATIONS, version=2)
    line = "- Table `allocations`, version 2: nothing new.\n"
    assert write([with_column(-1, type="Float64")], folder) == []
    assert kept(folder, "allocations", 1) == ALLOCATIONS
    write([raised], folder)
    assert "Raise it." in faults([ALLOCATIONS], folder, changelog=line)[0]
    assert "readers open it" in faults([], folder, changelog=line)[0]
    (folder / f"allocations.1.{kind}").unlink()
    [fault] = faults([raised], folder, changelog=line)
    assert f"allocations.1.{kind} is gone" in fault
