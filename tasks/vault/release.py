"""Releasing: a held vintage that a person has looked at becomes what `latest` shows."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tasks.vault.commit import States, write
from tasks.vault.commit_builder import paged
from tasks.vault.manifest import Commit, with_id

if TYPE_CHECKING:
    from tasks.vault.vault import Vault


def release(vault: "Vault", wanted: str, *, at: datetime) -> bool:
    """
    Commit that a vintage is not held any more; return False when it was not held.

    Raises UnknownName for an id that is not there.
    """

    def attempt() -> tuple[Commit, States] | None:
        vintages = vault.vintages()
        if not with_id(vintages, wanted).held:
            return None
        head = vault.head
        assert head is not None
        line = [replace(v, held=False) if v.id == wanted else v for v in vintages]
        pages, tail = paged(vault.store, head.pages, line)
        return replace(head, pages=pages, tail=tail, reshaped=head.number + 1), {}

    return write(vault, attempt, at=at, kind="release")
