import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.records import Outcome, TableCounts
from tasks.summaries.operation_summaries import (
    BackfillSummary,
    IngestSummary,
    PlannedFile,
    RebuildSummary,
    ReplaySummary,
)
from tasks.summaries.run_changes import ChangedFigure, RunChanges
from tasks.summaries.run_report import headline, markdown
from tasks.summaries.run_summary import FailedSnapshot, QualityReport, RunSummary
from tests.alerts import CUT
from vaxwatch.commands.source_runs import run_code

DAY = datetime(2022, 2, 10, tzinfo=UTC)


def outcome(verdict: str, quarantined: int = 0) -> Outcome:
    """Return what became of a snapshot of one row."""
    counts = TableCounts(rows=1, inserted=1, updated=0, deleted=0, quarantined=quarantined)
    return Outcome(
        source="unicef_market",
        id="v",
        as_of=DAY,
        verdict=verdict,  # pyright: ignore[reportArgumentType]
        tables={"allocations": counts},
        notes=("10 of 20 rows are gone.",) if verdict == "held" else (),
    )


SOURCE = "unicef_market"
FAILED = FailedSnapshot(name="b.csv", as_of=DAY, error="It is a web page.")


def ingested(*outcomes: Outcome, **details: Any) -> IngestSummary:
    """Return the summary of an ingest."""
    return IngestSummary(source=SOURCE, outcomes=outcomes, **details)


def backfilled(*outcomes: Outcome, **details: Any) -> BackfillSummary:
    """Return the summary of a backfill."""
    return BackfillSummary(source=SOURCE, outcomes=outcomes, **details)


def test_state_follows_the_worst_outcome() -> None:
    """What needs a person comes before something new, and that before nothing new."""
    cases = {
        "Published": [outcome("new"), outcome("unchanged"), outcome("known", quarantined=1)],
        "Unchanged": [outcome("unchanged"), outcome("known", quarantined=1)],
        "PublishedWithQuarantine": [outcome("new", quarantined=1)],
        "Held": [outcome("new", quarantined=1), outcome("held")],
        "ContractBroken": [outcome("held"), outcome("blocked")],
    }
    for name, outcomes in cases.items():
        assert ingested(*outcomes).state_name == name
    assert ingested(error="It is gone.").state_name == "Failed"
    assert backfilled(outcome("new"), failed=[FAILED]).state_name == "Failed"
    assert backfilled(stopped="No answer.").state_name == "Failed"


@pytest.mark.parametrize(
    ("summaries", "code"),
    [
        ([ingested(outcome("new"))], 0),
        ([ingested(outcome("unchanged"))], 0),
        ([ingested(outcome("held"))], 3),
        ([ingested(outcome("blocked"))], 3),
        ([ingested(outcome("new", quarantined=1))], 3),
        ([ingested(outcome("known", quarantined=1))], 0),
        ([ingested(error="gone"), ingested(outcome("held"))], 1),
        ([backfilled(outcome("new"), failed=[FAILED])], 1),
        ([backfilled(outcome("new"), stopped="No answer.")], 1),
        ([backfilled(outcome("held"))], 3),
        ([RebuildSummary(source=SOURCE, before=1, number=1, failed=[FAILED])], 1),
        ([RebuildSummary(source=SOURCE, before=1, number=2, outcomes=[outcome("new")])], 0),
        ([ReplaySummary(source=SOURCE, released=1, waiting=1)], 3),
        ([ReplaySummary(source=SOURCE, released=1, waiting=0, failed=[FAILED])], 3),
        ([ReplaySummary(source=SOURCE, released=1, waiting=0)], 0),
        ([], 0),
    ],
)
def test_exit_code(summaries: list[RunSummary], code: int) -> None:
    """1 when a run failed, 3 when something needs attention, else 0."""
    assert run_code(summaries) == code


def test_documents_have_their_keys_in_order() -> None:
    """The JSON shape of each kind of run is a contract."""
    common = ["source", "outcomes", "alerts", "notes"]
    counts = ["new", "unchanged", "known", "held", "blocked"]
    checked = QualityReport()
    documents = {
        "error unmet data_docs": ingested(quality=checked),
        "error": ingested(error="gone"),
        " ".join(["planned", "failed", "stopped", *counts]): backfilled(),
        "before number failed": RebuildSummary(source=SOURCE, before=1, number=2),
        "failed released waiting unmet data_docs": ReplaySummary(
            source=SOURCE, released=0, waiting=0, quality=checked
        ),
    }
    for keys, summary in documents.items():
        assert list(summary.document()) == [*common, *keys.split()]


def test_backfill_is_counted_by_verdict_and_failure() -> None:
    """Counts, plan and failures are JSON values, and the headline has them all."""
    summary = backfilled(
        outcome("new"),
        outcome("held"),
        planned=[PlannedFile(id="v", as_of=DAY, name="a.csv")],
        failed=[FAILED],
        alerts=[CUT],
    )
    document = summary.document()
    assert [document[verdict] for verdict in ("new", "unchanged", "known", "held")] == [1, 0, 0, 1]
    planned = {"id": "v", "as_of": DAY.isoformat(), "file": "a.csv", "state": "missing"}
    assert document["planned"] == [planned]
    assert document["failed"] == [
        {"file": "b.csv", "as_of": DAY.isoformat(), "error": "It is a web page."}
    ]
    assert document["stopped"] is None
    assert headline(summary) == "1 new, 1 held, 1 failed, 1 alert"


@pytest.mark.parametrize(
    "summary",
    [
        backfilled(outcome("held"), failed=[FAILED], alerts=[CUT]),
        RebuildSummary(
            source=SOURCE,
            before=1,
            number=1,
            outcomes=[outcome("held")],
            failed=[FAILED],
            alerts=[CUT],
        ),
    ],
)
def test_page_has_everything_that_matters(summary: RunSummary) -> None:
    """Vintages, failures, reasons with their vintage, and alerts are on it, of every kind."""
    page = markdown(summary)
    for text in (
        "| allocations | held | 1 | 1 | 0 | 0 | 0 | 0 | `v` |",
        f"- {DAY.isoformat()}: 10 of 20 rows are gone.",
        "**failed** `b.csv`: It is a web page.",
        "showed 1,540,800.",
    ):
        assert text in page


def test_stopped_run_gives_the_reason_everywhere() -> None:
    """In the document, in the headline and on the page."""
    summary = backfilled(outcome("new"), stopped="The archive sends us away.")
    assert summary.document()["stopped"] == "The archive sends us away."
    assert headline(summary) == "1 new, stopped early, 0 alerts"
    assert "**stopped early**: The archive sends us away." in markdown(summary)


def test_silenced_alert_is_counted_apart() -> None:
    """It is on the page, marked."""
    summary = ingested(outcome("new"), alerts=[CUT, replace(CUT, state="silenced")])
    assert headline(summary) == "1 new, 1 alert, 1 silenced"
    assert "(unconfirmed, silenced, R1)" in markdown(summary)
    assert markdown(summary).count("silenced") == 2


def test_page_has_the_notes_on_the_run_beside_those_on_vintages() -> None:
    """Each once."""
    page = markdown(ingested(outcome("held"), waiver_notes=["A waiver expired."]))
    assert page.count("10 of 20 rows are gone.") == 1
    assert "- A waiver expired." in page


def test_page_links_what_opens_from_another_machine() -> None:
    """Where the settings name an address; else where a file is stands as text, and is no link."""
    assert "Data Docs" not in markdown(ingested(outcome("new"), quality=QualityReport()))
    docs = ["/lake/data-docs/unicef_market/allocations.html"]
    summary = ingested(outcome("new"), quality=QualityReport(data_docs=docs), alerts=[CUT])
    page = markdown(summary, base_url="https://lake.example.org/")
    for name, address in {
        "Data Docs of unicef\\_market.allocations": "data-docs/unicef_market/allocations.html",
        "unicef\\_market.allocations": "unicef_market/allocations/latest.parquet",
        "alerts": "alerts/alerts.parquet",
    }.items():
        assert f"- [{name}](<https://lake.example.org/{address}>)" in page.splitlines()
    page = markdown(summary, lake="s3://bucket/lake")
    assert "](" not in page
    assert "file:" not in page
    assert "`s3://bucket/lake/unicef_market/allocations/latest.parquet`" in page


def test_nothing_from_a_source_becomes_markup() -> None:
    """Neither in a note, a sentence, an error, nor in a changed figure."""
    hostile = "[a](javascript:b) <img src=x> ![c](http://d) `e` | f\n# g www.h.org"
    summary = backfilled(
        replace(outcome("held"), notes=(hostile,)),
        failed=[FailedSnapshot(name=hostile, as_of=DAY, error=hostile)],
        alerts=[replace(CUT, sentence=hostile)],
        stopped=hostile,
    )
    changed = ChangedFigure(
        dataset="unicef_market.allocations",
        key={"product": hostile},
        column="doses_allocated",
        before=None,
        after=None,
        before_text=hostile,
        after_text=hostile,
        rel_change=None,
        as_of="2022-02-10",
    )
    page = markdown(summary, changes=RunChanges(figures=[changed], total=1))
    shown = re.sub(r"\\[^\w\s]", "", re.sub(r"`[^`\n]*`", "", page))
    assert not re.search(r"<img|\]\(|!\[|`|http:|^# g|javascript:|www\.", shown, re.MULTILINE)
    assert [row.count("|") for row in shown.splitlines() if "| doses" in row] == [7]


def test_a_page_is_small_whatever_the_run_did() -> None:
    """Lists end with how many more there are; long sentences are cut."""
    long = replace(outcome("held"), notes=("x" * 5000,))
    failed = [FailedSnapshot(name="y" * 900, as_of=DAY, error="z" * 5000)] * 400
    page = markdown(backfilled(*[long] * 400, failed=failed, alerts=[CUT] * 400))
    assert len(page.encode()) < 150_000
    assert page.count("and 350 more") == 4
