"""A source of which nothing is read, and how it is asked: for the tests of fetching."""

from datetime import UTC, datetime, timedelta

import polars as pl

from schemas.source import Bodies, Source
from tasks.download import Manners

AT = datetime(2022, 2, 10, 6, 0, 0, 123456, tzinfo=UTC)
BRISK = Manners(attempts=3, patience=0.01, timeout=5)
CSV = b"iso3,doses\nPRK,8115600\n"


def nothing(_: Bodies) -> dict[str, pl.DataFrame]:
    """Read nothing."""
    return {}


SMALL = Source(
    name="small",
    title="Small",
    shown_by="Nobody's page",
    publisher="Nobody",
    url="http://127.0.0.1:9/none.csv",
    licence="none",
    attribution="Nobody",
    cadence=timedelta(days=1),
    parse=nothing,
    tables={},
)
"""Its own address is one that nobody answers."""
