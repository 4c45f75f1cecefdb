"""Errors of stores that a person has to mend; those that may pass are in `schemas.errors`."""

from schemas.errors import Permanent, SeenThere, StoreError, VaxwatchError


class StoreRefused(StoreError):
    """The object store or folder refused a request, and would again: no rights, no space.

    It is no `Permanent`, since those are of single snapshots, and a run goes on without them.
    """

    def __init__(self, where: str, seen: str, next_step: str) -> None:
        VaxwatchError.__init__(self, where, seen, next_step)
        self.where, self.seen, self.next_step = where, seen, next_step

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.seen}. {self.next_step} Then run the same command again; "
            f"nothing that was published is lost."
        )


class UnfitStore(SeenThere, Permanent):
    """The object store breaks a promise that a lake relies on."""

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.seen}. A lake is not safe in this store, so the run ended here. "
            f"Keep the lake in another one, or mend this one until "
            f"`vaxwatch doctor --conformance LAKE` finds nothing."
        )
