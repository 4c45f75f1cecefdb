"""The window: the judged vintage of a published table, and the earlier ones it is compared with.

Promises: read from the list of vintages alone, without any rows; held and unchanged vintages do not
count.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from schemas.expectations.expectation import WINDOW, Suite
from tasks.vault.manifest import Vintage
from tasks.vault.vault_reader import VaultReader

DAY: Final = timedelta(days=1)


def window(vault: VaultReader, table: str) -> list[Vintage]:
    """Return the good vintages that changed a table, oldest first.

    The last one is judged: the first vintage with the state that `latest` shows. Before it are the
    at most `WINDOW` vintages it is compared with, and one more, the predecessor of the first of
    them. Empty when none of them has a row.
    """
    good = [vintage for vintage in vault.vintages(table) if not vintage.held]
    states = [vintage.tables[table].state for vintage in good]
    before = [None, *states][:-1]
    new = [v for v, now, then in zip(good, states, before, strict=True) if now != then]
    last = new[-(WINDOW + 2) :]
    return last if any(vintage.tables[table].rows for vintage in last) else []


def gaps(vault: VaultReader, table: str, vintages: Sequence[Vintage]) -> list[float | None]:
    """Return for each vintage the whole days since its predecessor, held or unchanged too."""
    every = vault.vintages(table)
    days = {now.id: (now.as_of - then.as_of) // DAY for then, now in pairwise(every)}
    found = (days.get(vintage.id) for vintage in vintages)
    return [None if gap is None else float(gap) for gap in found]


def basis(vault: VaultReader, table: str, suite: Suite, *, cadence: float) -> str:
    """Return the hash of all inputs of a judgement.

    The inputs are the states and times of the vintages in the window, their quarantined rows, and
    the suite. A late older vintage, a release or a changed bound changes the hash.
    """
    vintages = window(vault, table)
    states = [
        (vintage.id, vintage.tables[table].state, vintage.tables[table].quarantine)
        for vintage in vintages
    ]
    inputs = repr((states, gaps(vault, table, vintages), suite, cadence))
    return hashlib.sha256(inputs.encode()).hexdigest()
