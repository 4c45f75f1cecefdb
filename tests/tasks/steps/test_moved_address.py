"""A table that moves to another declared address: published from there, and noted once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pytest_httpserver import HTTPServer

from schemas.records import Outcome
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore

DAY = datetime(2022, 2, 10, tzinfo=UTC)
TABLE = "Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,{doses}\n"


def test_a_move_is_noted_once(httpserver: HTTPServer) -> None:
    """The first snapshot of the new address has the note, whether or not its bytes are new."""
    old, new = httpserver.url_for("/old"), httpserver.url_for("/new")
    source = replace(source_named("unicef_market"), url=old, further_urls=(new,), gather=None)
    lake, bodies = MemoryStore(), [TABLE.format(doses=doses) for doses in (900, 900, 1900)]

    def ingest(day: int) -> Outcome:
        run = RunContext(
            store=lake, source=source, at=DAY + timedelta(days=day), check_quality=False
        )
        return ingest_snapshot(run).outcomes[-1]

    httpserver.expect_oneshot_request("/old").respond_with_data(bodies[0])
    httpserver.expect_request("/old").respond_with_data(status=404)
    for body in bodies[1:]:
        httpserver.expect_oneshot_request("/new").respond_with_data(body)
    assert not ingest(0).notes
    outcome = ingest(1)
    assert outcome.verdict == "unchanged"
    assert outcome.notes[-1] == (
        f"unicef_market: {new} served the table; the vintage before it is from {old}. "
        f"Where that stays so, make it the first address of the declaration."
    )
    outcome = ingest(2)
    assert outcome.verdict == "new"
    assert not [note for note in outcome.notes if "served the table" in note]
