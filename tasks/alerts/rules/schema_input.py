"""What rule R18 gets to see: in which shape each snapshot of a source came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from schemas.source import Policy


class ColumnTrait(NamedTuple):
    """
    What is known of a column of the publisher's in one table.

    `kind`: number, day, text or blank; '' of a column that nobody reads. `policy`: what becomes of
    a snapshot when it goes. `figure`: the canonical column that is read from it, '' for none.
    """

    kind: str = ""
    policy: Policy = "evolve"
    figure: str = ""


Columns = Mapping[str, Mapping[str, ColumnTrait]]
"""By table of the source, by name of the publisher's column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaObservation:
    """
    The shape of one snapshot, be it a vintage or one that was refused.

    `sha256`: of its manifest. `tables`: all of its source. `columns`: of the tables that it has.
    `others`: what else came with it, by what it is and its name: sheets, and of each answer the
    kind. `broken`: in a few words how it broke the contract with its source, '' where it was read;
    `fault`: the whole sentence. `guesses`: in sentences which columns may have another name now.
    """

    source: str
    tables: tuple[str, ...]
    id: str
    as_of: datetime
    sha256: str
    url: str
    parser_version: int
    columns: Columns
    others: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    broken: str = ""
    fault: str = ""
    guesses: tuple[str, ...] = ()
