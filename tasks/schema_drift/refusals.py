"""
Refusals: snapshots that broke the contract with their source, as they are written down.

Promises: pure, and cheap to import.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.schema_drift.source_schema import SourceSchema, schema_from_document


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedSnapshot:
    """
    A snapshot that broke the contract with its source.

    `broken`: the name of the error. `seen`: what was wrong, in a few words. `fault`: the whole
    sentence. `schema`: its shape, without tables where the parser did not get so far.
    """

    as_of: datetime
    sha256: str
    url: str
    schema: SourceSchema
    broken: str
    seen: str
    fault: str

    def document(self) -> dict[str, str]:
        """Return all but the shape as JSON values."""
        return {
            "as_of": self.as_of.isoformat(),
            "sha256": self.sha256,
            "url": self.url,
            "broken": self.broken,
            "seen": self.seen,
            "fault": self.fault,
        }


def refusal(document: Mapping[str, Any]) -> RefusedSnapshot | None:
    """Return what a record of an unread snapshot says, None where it broke no contract."""
    return (
        refused_from(document, schema_from_document(document)) if document.get("broken") else None
    )


def refused_from(told: Mapping[str, Any], schema: SourceSchema) -> RefusedSnapshot:
    """Return what was written of a snapshot of that shape. Raises KeyError or ValueError."""
    return RefusedSnapshot(
        as_of=datetime.fromisoformat(told["as_of"]),
        sha256=told["sha256"],
        url=told["url"],
        schema=schema,
        broken=told["broken"],
        seen=told["seen"],
        fault=told["fault"],
    )
