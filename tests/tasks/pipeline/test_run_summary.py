from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from schemas.alerts import Alert
from schemas.records import Outcome, TableCounts
from tasks.origins.folder import FileAtHand
from tasks.pipeline.backfill import ChunkResult, Failure, PlannedSnapshot
from tasks.pipeline.run_summary import backfill_summary, headline, ingest_summary, markdown, verdict

DAY = datetime(2022, 2, 10, tzinfo=UTC)
ALERT = Alert(
    fingerprint="f",
    rule="R1",
    severity="critical",
    confidence="unconfirmed",
    state="open",
    origin="live",
    dataset="unicef_market.allocations",
    key={"iso3": "PRK"},
    column="doses_allocated",
    before=8_115_600,
    after=1_540_800,
    change=-6_574_800,
    rel_change=-0.81,
    as_of=DAY,
    previous_as_of=None,
    group=None,
    sentence="UNICEF's dashboard showed 1,540,800.",
)


def outcome(said: str, quarantined: int = 0) -> Outcome:
    """Return what became of a snapshot of one row."""
    counts = TableCounts(rows=1, inserted=1, updated=0, deleted=0, quarantined=quarantined)
    return Outcome(
        source="unicef_market",
        id="v",
        as_of=DAY,
        verdict=said,  # pyright: ignore[reportArgumentType]
        tables={"allocations": counts},
        notes=("10 of 20 rows are gone.",) if said == "held" else (),
    )


def test_state_follows_the_worst_that_happened() -> None:
    """Something that a person has to look at beats something new, and that beats nothing."""
    cases = {
        "Completed": [outcome("new"), outcome("unchanged")],
        "Unchanged": [outcome("unchanged"), outcome("known", quarantined=1)],
        "Quarantined": [outcome("new", quarantined=1)],
    }
    for name, outcomes in cases.items():
        assert verdict(ingest_summary("unicef_market", outcomes, [])) == name
    assert verdict(ingest_summary("unicef_market", [outcome("held")], [])) == "Quarantined"


def test_backfill_is_summed_up_by_verdict_and_failure() -> None:
    """Counts, plan and failures are JSON values, and one line says it all."""
    planned = PlannedSnapshot(
        id="v", candidate=FileAtHand(path=Path("dir/a.csv"), retrieved_at=DAY)
    )
    failed = Failure(file="b.csv", as_of=DAY, error="It is a web page.")
    taken = [ChunkResult(outcomes=(outcome("new"), outcome("held")), failed=(failed,))]
    summary = backfill_summary("unicef_market", [planned], taken=taken, alerts=[ALERT])
    assert [summary[said] for said in ("new", "unchanged", "known", "held")] == [1, 0, 0, 1]
    assert summary["planned"] == [{"id": "v", "as_of": DAY.isoformat(), "file": "a.csv"}]
    assert summary["failed"][0]["error"] == "It is a web page."
    assert summary["stopped"] is None
    assert headline(summary) == "1 new, 1 held, 1 failed, 1 alert"
    assert verdict(summary) == "Quarantined"


def test_page_for_people_tells_everything_that_matters() -> None:
    """Vintages, failures, reasons with their vintage, and alerts are all on it."""
    failed = Failure(file="b.csv", as_of=DAY, error="It is a web page.")
    taken = [ChunkResult(outcomes=(outcome("held"),), failed=(failed,))]
    page = markdown(backfill_summary("unicef_market", [], taken=taken, alerts=[ALERT]))
    for told in (
        "**held**",
        f"- {DAY.isoformat()}: 10 of 20 rows are gone.",
        "It is a web page.",
        "showed 1,540,800.",
    ):
        assert told in page


def test_run_that_was_stopped_says_so_everywhere() -> None:
    """In the line, on the page and by its state, with the sentence that says why."""
    taken = [
        ChunkResult(outcomes=(outcome("new"),), failed=(), stopped="The archive sends us away.")
    ]
    summary = backfill_summary("unicef_market", [], taken=taken, alerts=[])
    assert summary["stopped"] == "The archive sends us away."
    assert headline(summary) == "1 new, stopped early, 0 alerts"
    assert "**stopped early**: The archive sends us away." in markdown(summary)
    assert verdict(summary) == "Quarantined"


def test_silenced_alert_is_told_but_is_no_news() -> None:
    """It is counted apart and marked on the page."""
    silent = replace(ALERT, state="silenced")
    summary = ingest_summary("unicef_market", [outcome("new")], [ALERT, silent])
    assert headline(summary) == "1 new, 1 alert, 1 silenced"
    assert "(unconfirmed, silenced, R1)" in markdown(summary)
    assert markdown(summary).count("silenced") == 2


def test_page_has_the_notes_on_the_run_beside_those_on_vintages() -> None:
    """Each once."""
    summary = ingest_summary("unicef_market", [outcome("held")], [])
    summary["notes"].append("A waiver expired.")
    page = markdown(summary)
    assert page.count("10 of 20 rows are gone.") == 1
    assert "- A waiver expired." in page


def test_the_artifact_of_a_run_links_the_pages_of_the_data_docs() -> None:
    """A path alone is no link, whoever shows the artifact."""
    summary = {**ingest_summary("unicef_market", [outcome("new")], []), "data_docs": []}
    assert "Data Docs" not in markdown(summary)
    summary["data_docs"] = ["/lake/data-docs/unicef_market/allocations.html"]
    link = "[unicef_market.allocations](<file:///lake/data-docs/unicef_market/allocations.html>)"
    assert f"- Data Docs: {link}" in markdown(summary).splitlines()
