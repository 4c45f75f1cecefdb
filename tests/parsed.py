"""Bodies parsed by a source, without fetch, archive and schema log."""

from datetime import UTC, datetime

from schemas.source import Bodies, Source
from tasks.parsing.parse_snapshot import parse_tables, snapshot_notes
from tasks.parsing.published_tables import published_tables
from tasks.parsing.validate import ParsedTable

HAD_AT = datetime(2022, 2, 10, tzinfo=UTC)


def readings(
    source: Source, bodies: Bodies, *, retrieved_at: datetime = HAD_AT
) -> dict[str, ParsedTable]:
    """Return the sound and the quarantined rows of each table in the bodies of one snapshot."""
    return parse_tables(source, published_tables(source, bodies), retrieved_at=retrieved_at)


def notes_on(source: Source, bodies: Bodies) -> list[str]:
    """Return the sentences on the outcome of these bodies."""
    published = published_tables(source, bodies)
    return snapshot_notes(source, published, parse_tables(source, published, retrieved_at=HAD_AT))
