"""Run names: what a list of runs shows: the operation, the source and the time it is for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def run_name(operation: str, parameters: Mapping[str, Any], *, due: datetime) -> str:
    """Return the name of a run; `due`: when it is due, `parameters`: of the flow, as given.

    The time is that of the snapshot where the call states one, else when the run is due. A file
    without a stated time stands with its own name, a retracted vintage with its id.

    >>> at = datetime(2022, 2, 10, 6, 17, tzinfo=UTC)
    >>> run_name("ingest", {"source": "who_cases", "lake": "s3://b"}, due=at)
    'ingest-who_cases-2022-02-10T06:17Z'
    >>> run_name("ingest", {"source": "who_cases", "file": "/in/2021-03-17.csv"}, due=at)
    'ingest-who_cases-2021-03-17.csv'
    >>> run_name("ingest", {"source": "who_cases", "retrieved_at": "2021-03-17"}, due=at)
    'ingest-who_cases-2021-03-17T00:00Z'
    """
    stated, file = parameters.get("retrieved_at"), parameters.get("file")
    if isinstance(stated, str):
        stated = datetime.fromisoformat(stated)
    if stated:
        due = stated
    what = parameters.get("wanted") or (Path(file).name if file and not stated else minute(due))
    return "-".join(filter(None, (operation, parameters.get("source"), what)))


def minute(at: datetime) -> str:
    """Return an instant to the minute; one without a zone is UTC.

    >>> minute(datetime(2022, 2, 10))
    '2022-02-10T00:00Z'
    """
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%MZ}"
