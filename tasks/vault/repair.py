"""Repairing: finishing what a writer that was killed left undone. Nothing is ever taken back."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.vault.vault import Vault


def repair(vault: "Vault", *, at: datetime) -> list[str]:
    """
    Bring the hint and the derived objects up to the newest commit; return what was done.

    A sentence each; nothing when all was well. `at`: the time of the repair, for the record.
    """
    vault.refresh()
    if vault.head is None:
        return []
    done: list[str] = []
    if vault.log.mend_hint():
        done.append(f"{vault.store.uri}: the hint pointed behind the newest commit; it is mended.")
    done += [
        f"{vault.store.uri}/{name} was brought up to commit {vault.head.number} at {at:%F %T}Z."
        for name in vault.publish(everything=True)
    ]
    return done
