"""Commits that change vintages which are there already: restated, rebuilt or released.

Promises: the commit before stays readable; nothing is committed where nothing changes.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from schemas.records import Outcome
from tasks.vault.backdated_insert import Draft
from tasks.vault.commit import Prepare, States, outcome_of, refuse_clashes, write_commit
from tasks.vault.commit_builder import appended, inserted, released, unretracted
from tasks.vault.manifest import Commit, with_id
from tasks.vault.pages import paged
from tasks.vault.vault_reader import VaultReader


def restate_vintages(vault: VaultReader, prepare: Prepare, *, at: datetime) -> list[Outcome]:
    """Commit vintages as today's parsers read them, each in the place of its id.

    Drafts whose id is not there yet are inserted, except those of retracted vintages. The commit
    before is kept for good. Nothing is committed where no vintage changes. Returns an outcome for
    each draft of the last `prepare`.
    """
    drafts: Sequence[Draft] = ()
    stated: set[str] = set()

    def attempt() -> tuple[Commit, States] | None:
        nonlocal drafts
        drafts = prepare()
        known = {vintage.id: vintage for vintage in vault.vintages()}
        standing = unretracted(vault, drafts)
        refuse_clashes(vault.source, list(known.values()), standing)
        head = vault.head
        if head is None:
            stated.update(draft.snapshot.id for draft in drafts)
            return appended(vault, head, drafts, at=at)
        again = [draft.snapshot.id for draft in standing if draft.snapshot.id in known]
        follower, walked = inserted(vault, head, standing, at=at, without=again)
        stated.clear()
        for now in released(walked.vintages, standing):
            before = known.get(now.id)
            if before is None or (before.tables, before.held) != (now.tables, now.held):
                stated.add(now.id)
        if not stated:
            return None
        pins = (*follower.pins, head.number)
        return replace(follower, pins=pins, reshaped=head.number + 1), walked.ends

    write_commit(vault, attempt, at=at, kind="restate")
    return [
        outcome_of(vault, draft.snapshot, known=draft.snapshot.id not in stated) for draft in drafts
    ]


def rebuild_vault(vault: VaultReader, prepare: Prepare, *, at: datetime) -> list[Outcome]:
    """Commit a new generation: the drafts of the last `prepare` that are not retracted, no others.

    The generation before stays readable under its commit's number. Without drafts nothing is
    committed.
    """
    drafts: Sequence[Draft] = ()

    def attempt() -> tuple[Commit, States] | None:
        nonlocal drafts
        drafts = unretracted(vault, prepare())
        if not drafts:
            return None
        follower, states = appended(vault, None, drafts, at=at)
        head = vault.head
        if head is not None:
            follower = replace(
                follower,
                number=head.number,
                generation=head.generation + 1,
                pins=(*head.pins, head.number),
                reshaped=head.number + 1,
                retractions=head.retractions,
            )
        return follower, states

    write_commit(vault, attempt, at=at, kind="rebuild")
    return [outcome_of(vault, draft.snapshot) for draft in drafts]


def release_vintage(vault: VaultReader, wanted: str, *, at: datetime) -> bool:
    """Commit that a vintage is not held any more; return False when it was not held.

    Raises UnknownName for an id that is not there.
    """

    def attempt() -> tuple[Commit, States] | None:
        vintages = vault.vintages()
        if not with_id(vintages, wanted).held:
            return None
        head = vault.head
        assert head is not None
        vintages = [replace(v, held=False) if v.id == wanted else v for v in vintages]
        pages, tail = paged(vault.store, head.pages, vintages)
        return replace(head, pages=pages, tail=tail, reshaped=head.number + 1), {}

    return write_commit(vault, attempt, at=at, kind="release")
