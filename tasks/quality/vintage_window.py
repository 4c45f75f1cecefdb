"""
The window: the published vintage that is judged, and those before it that say what is usual.

Promises: read from the list of vintages alone, without a row; held vintages do not count, nor do
those that said nothing new.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from schemas.expectations.expectation import WINDOW, Suite
from tasks.vault.manifest import Vintage
from tasks.vault.vault import Vault

DAY: Final = timedelta(days=1)


def window(vault: Vault, table: str) -> list[Vintage]:
    """
    Return the good vintages of a table that said something new, oldest first.

    The last one is judged: the first of those that say what `latest` shows. Before it are at most
    `WINDOW` that it is compared with, and one more, with which the first of these is. Empty where
    none of them has a row.
    """
    good = [vintage for vintage in vault.vintages(table) if not vintage.held]
    states = [vintage.tables[table].state for vintage in good]
    before = [None, *states][:-1]
    new = [v for v, now, then in zip(good, states, before, strict=True) if now != then]
    last = new[-(WINDOW + 2) :]
    return last if any(vintage.tables[table].rows for vintage in last) else []


def gaps(vault: Vault, table: str, vintages: Sequence[Vintage]) -> list[float | None]:
    """Return for some vintages the whole days since the one before, held and old news included."""
    every = vault.vintages(table)
    days = {now.id: (now.as_of - then.as_of) // DAY for then, now in pairwise(every)}
    found = (days.get(vintage.id) for vintage in vintages)
    return [None if gap is None else float(gap) for gap in found]


def basis(vault: Vault, table: str, suite: Suite, *, cadence: float) -> str:
    """
    Return the hash of all that a judgement of a table follows from.

    What the vintages of the window say and when, what waits in quarantine beside them, and what is
    expected. An older vintage that comes late, a release or a mended bound changes it.
    """
    vintages = window(vault, table)
    said = [
        (vintage.id, vintage.tables[table].state, vintage.tables[table].quarantine)
        for vintage in vintages
    ]
    told = repr((said, gaps(vault, table, vintages), suite, cadence))
    return hashlib.sha256(told.encode()).hexdigest()
