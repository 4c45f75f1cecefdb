"""
Items: what becomes of the bytes of one snapshot before they are committed.

Promises: the shape in which a snapshot came is looked at whether or not it can be read.
"""

from collections.abc import Mapping

import polars as pl
from polars.exceptions import PolarsError

from schemas.errors import ContractBroken, Permanent, WrongUse
from schemas.records import Fetched
from schemas.source import Source
from tasks.gates.judging import Item
from tasks.read import readings_of
from tasks.vault.store import Store
from tasks.wire import wire_of
from tasks.wire_records import record_unread


def item_of(source: Source, fetched: Fetched, *, store: Store | None = None) -> Item:
    """
    Return a snapshot with what it says in each table, and the shape in which it came.

    Where it cannot be read, or is not what the contract with its source says, its shape is written
    down in `store`, if there is one. In the latter case the item is `broken`.

    Raises BadBody or KnownErrorOver as `tasks.read.readings`.
    """
    parsed: Mapping[str, pl.DataFrame] = {}
    version, snapshot = source.parser_version, fetched.snapshot
    try:
        parsed = source.parse(fetched.contents)
        said = readings_of(source, parsed, retrieved_at=snapshot.retrieved_at)
    except (Permanent, WrongUse, PolarsError) as error:
        if store is not None:
            wire = wire_of(fetched.contents, parsed, parser_version=version)
            record_unread(store, source.name, snapshot.id, wire, str(error))
        if isinstance(error, ContractBroken):
            return Item(fetched=fetched, readings={}, broken=str(error))
        raise
    wire = wire_of(fetched.contents, parsed, parser_version=version)
    return Item(fetched=fetched, readings=said, wire=wire)
