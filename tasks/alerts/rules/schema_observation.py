"""What rule R18 sees: the schema of each snapshot of a source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.columns import Policy
from tasks.schema_drift.source_schema import SourceSchema


class ColumnTrait(NamedTuple):
    """What the declaration of a source makes of a published column in one table.

    `policy`: what becomes of a snapshot when the column is gone. `figure`: the canonical column
    that is read from it, '' for none.
    """

    policy: Policy = "evolve"
    figure: str = ""


Traits = Mapping[str, Mapping[str, ColumnTrait]]
"""By table and published column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaObservation:
    """The schema of one snapshot, be it a vintage or a refused one.

    `tables`: all of its source. `sha256`: of its manifest. `schema`: of the tables that it has.
    `traits`: of their columns. `broken`: in a few words how it broke the contract with its source,
    '' where it was published; `fault`: the whole sentence. `guesses`: sentences about columns that
    may have been renamed.
    """

    source: str
    tables: tuple[str, ...]
    id: str
    as_of: datetime
    sha256: str
    url: str
    schema: SourceSchema
    traits: Traits
    broken: str = ""
    fault: str = ""
    guesses: tuple[str, ...] = ()
