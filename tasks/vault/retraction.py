"""Retractions: commits that take a vintage away from readers, or bring it back.

Promises: a retracted vintage and every decision on it stay in the commits; the commit before a
retraction stays readable. No other commit brings it back.
"""

from dataclasses import replace

from schemas.errors import WrongUse
from tasks.vault.backdated_insert import Draft
from tasks.vault.commit import States, write_commit
from tasks.vault.commit_builder import inserted
from tasks.vault.manifest import Commit, Retraction, Vintage, with_id
from tasks.vault.vault_reader import VaultReader


def commit_retraction(vault: VaultReader, decided: Retraction) -> None:
    """Commit that the vintage with the id of `decided` should never have been.

    Raises WrongUse for one that is retracted already, UnknownName for an id that is not there.
    """

    def attempt() -> tuple[Commit, States]:
        head, vintage = vault.head, standing_vintage(vault, decided.id)
        assert head is not None
        follower, walked = inserted(vault, head, [], at=decided.at, without=[decided.id])
        follower = replace(
            follower,
            retractions=(*head.retractions, replace(decided, vintage=vintage)),
            pins=(*head.pins, head.number),
            reshaped=head.number + 1,
        )
        return follower, walked.ends

    write_commit(vault, attempt, at=decided.at, kind="retract")


def undo_retraction(vault: VaultReader, draft: Draft, decided: Retraction) -> None:
    """Commit the retracted vintage of `decided` again, as `draft` has it, in its place.

    It is held, and was learnt, as before. Raises WrongUse when it is not retracted, or another
    vintage has its instant by now.
    """

    def attempt() -> tuple[Commit, States]:
        head, vintage = vault.head, retracted_vintage(vault, decided.id)
        assert head is not None
        back = replace(draft, held=vintage.held)
        follower, walked = inserted(vault, head, [back], at=vintage.ingested_at, without=[])
        retractions = (*head.retractions, decided)
        return replace(follower, retractions=retractions, reshaped=head.number + 1), walked.ends

    write_commit(vault, attempt, at=decided.at, kind="unretract")


def standing_vintage(vault: VaultReader, wanted: str) -> Vintage:
    """Return the vintage with an id that may be retracted.

    Raises WrongUse for one that is retracted already, UnknownName for an id that is not there.
    """
    if vault.head is not None and wanted in vault.retracted:
        raise WrongUse(vault.head.retraction_note(vault.source, wanted))
    return with_id(vault.vintages(), wanted)


def retracted_vintage(vault: VaultReader, wanted: str) -> Vintage:
    """Return a retracted vintage as it was.

    Raises WrongUse when it is not retracted, or another vintage has its instant by now.
    """
    vintage = vault.retracted.get(wanted)
    if vintage is None:
        listed = ", ".join(vault.retracted) or "none"
        raise WrongUse(f"{vault.source} {wanted} is not retracted. Retracted are: {listed}.")
    for other in vault.vintages():
        if other.as_of == vintage.as_of:
            raise WrongUse(
                f"{vault.source} {wanted} cannot come back: {other.id} has its time by now. "
                f"Retract that one first: vaxwatch retract {vault.source} {other.id} --reason TEXT"
            )
    return vintage
