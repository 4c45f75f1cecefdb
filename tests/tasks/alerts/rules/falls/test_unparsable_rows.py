"""R13, second part: a row with an unknown country does not hide that another row is gone."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from schemas.alerts import Finding
from schemas.records import Body, Snapshot
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.vault_reader import VaultReader
from tests.rule_inputs import ALLOCATIONS, allocations

BEGIN = datetime(2022, 1, 1, tzinfo=UTC)
PAKISTAN, HAITI = ("PAK", "Pfizer", 111_000_000), ("HTI", "AZ", 756_000)
UNKNOWN = pl.DataFrame(
    {"row": [7], "iso3": [None], "product": ["Pfizer"], "mechanism": ["COVAX"]},
    schema_overrides={"iso3": pl.String},
)
Rows = Sequence[tuple[str, str, int]]


def found(*days: tuple[Rows, bool], held: Sequence[int] = ()) -> list[Finding]:
    """Return the findings about lists of allocations; each with a row in quarantine, or none."""
    vault = VaultReader(MemoryStore(), "covax_allocations")
    for day, (rows, is_unknown) in enumerate(days):
        digest = hashlib.sha256(f"{day}{rows}{is_unknown}".encode()).hexdigest()
        table = TableDraft(
            frame=allocations(rows, "doses_allocated"),
            key=ALLOCATIONS,
            quarantined=UNKNOWN if is_unknown else None,
        )
        snapshot = Snapshot(
            source=vault.source,
            retrieved_at=BEGIN + timedelta(days=day),
            bodies=(Body(name="main", sha256=digest, size=1),),
            url="",
        )
        draft = Draft(snapshot=snapshot, tables={"allocations": table}, held=day in held)
        commit_snapshots(vault, [draft], at=BEGIN + timedelta(days=day))
    return evaluate(rule_inputs(vault), shown_by="The list")


def short(findings: Sequence[Finding]) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Return rule, country, and kind and day of each event."""
    return [
        (one.rule, str(one.key.get("iso3")), [(e.kind, e.as_of.day) for e in one.events])
        for one in findings
    ]


def test_a_row_that_may_be_in_quarantine_is_reported_at_once() -> None:
    """The figure does not count as withdrawn, and the alert stays open while nothing changes."""
    both = [PAKISTAN, HAITI]
    (alert,) = found((both, False), (both, False), ([HAITI], True), ([HAITI], True))
    assert short([alert]) == [("R13", "PAK", [("opened", 3)])]
    opened = alert.events[0]
    assert (opened.severity, opened.confidence) == ("medium", "unconfirmed")
    assert (opened.before, opened.after) == (111_000_000, 111_000_000)
    assert opened.sentence == (
        "The list had no row that can be read for doses of Pfizer allocated to Pakistan (PAK) on "
        "3 Jan 2022; 111,000,000 in the version before. One of the rows in quarantine may be it, "
        "so it does not count as withdrawn."
    )


def test_it_ends_when_the_row_is_there_again() -> None:
    """A name that was misspelt, and is mended."""
    both = [PAKISTAN, HAITI]
    (alert,) = found((both, False), ([HAITI], True), (both, False))
    assert short([alert]) == [("R13", "PAK", [("opened", 2), ("resolved", 3)])]
    assert alert.events[-1].sentence.endswith("The version of 3 Jan 2022 has it again.")


def test_it_ends_when_the_row_counts_as_withdrawn() -> None:
    """The row in quarantine is gone, too; then R2 reports the withdrawal."""
    both = [PAKISTAN, HAITI]
    findings = found((both, False), ([HAITI], True), ([HAITI], False))
    assert short(findings) == [
        ("R13", "PAK", [("opened", 2), ("resolved", 3)]),
        ("R2", "PAK", [("opened", 3)]),
    ]
    assert "it counts as withdrawn" in findings[0].events[-1].sentence
    assert "111,000,000 when it was read last, on 1 Jan 2022" in findings[1].events[0].sentence
    assert findings[1].events[0].previous_as_of == BEGIN


def test_small_rows_and_held_vintages_raise_nothing() -> None:
    """Below every threshold, or missing in a held vintage alone."""
    small = ("LSO", "AZ", 132)
    assert found(([small, HAITI], False), ([HAITI], True)) == []
    both = [PAKISTAN, HAITI]
    findings = found((both, False), ([HAITI], True), (both, False), held=[1])
    assert [one.rule for one in findings if one.about == "unparsable"] == []
