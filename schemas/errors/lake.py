"""Errors of the lake and between its writers."""

from schemas.errors.families import Permanent, Transient


class SameTimeOtherBytes(Permanent):
    """Two snapshots with different bytes have the same instant."""

    def __init__(self, source: str, as_of: str, known: str, offered: str) -> None:
        super().__init__(source, as_of, known, offered)
        self.source, self.as_of, self.known, self.offered = source, as_of, known, offered

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.source}: vintage {self.known} already speaks for {self.as_of}, and "
            f"{self.offered} has other bytes for the same instant. Nothing was changed. "
            f"Give the true time with --retrieved-at, or, when the new bytes are the right ones, "
            f"replace what is known with --supersede."
        )


class Damaged(Permanent):
    """An object of the lake is missing or has other content than its name or commit states."""

    def __init__(self, where: str, seen: str, expected: str) -> None:
        super().__init__(where, seen, expected)
        self.where, self.seen, self.expected = where, seen, expected

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.where}: seen {self.seen}; expected {self.expected}. "
            f"Restore this object from a copy of the lake; the raw bodies under raw/ are untouched."
        )


class StoreUnavailable(Transient):
    """The object store or folder failed."""

    def __init__(self, where: str, seen: str) -> None:
        super().__init__(where, seen)
        self.where, self.seen = where, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.where}: {self.seen}. Nothing that was published is lost. "
            f"Check space, permissions and connection, then run the same command again."
        )


class LostRace(Transient):
    """Other writers were faster in every try."""

    def __init__(self, where: str, tries: int) -> None:
        super().__init__(where, tries)
        self.where, self.tries = where, tries

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.where}: other writers were faster {self.tries} times. "
            f"Run the same command again."
        )
