"""
Errors, each a note to the person on call: what, where, seen against expected, the next step.

Two families decide retries: `Permanent` (trying again gives the same answer) and `Transient`
(the next try may work). Every class passes all of its arguments to `super().__init__`, in order,
so that it survives pickling between processes.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class VaxwatchError(Exception):
    """Anything this software raises on purpose. Exit code 1."""


class Permanent(VaxwatchError):
    """Trying again gives the same answer: tell a person."""


class Transient(VaxwatchError):
    """The next try may work."""


class WrongUse(VaxwatchError):
    """The call itself is wrong: a name, a time or an option. Exit code 2."""


class UnknownName(WrongUse):
    """A source, dataset or vintage that is not there; says which are."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(kind, name, known)
        self.kind, self.name, self.known = kind, name, known

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        there = ", ".join(self.known) if self.known else "none yet"
        return f"There is no {self.kind} '{self.name}'. There are: {there}."


class NothingKnownYet(WrongUse):
    """An as-of time before the first vintage."""

    def __init__(self, dataset: str, asked: str, first: str) -> None:
        super().__init__(dataset, asked, first)
        self.dataset, self.asked, self.first = dataset, asked, first

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.dataset}: nothing was known at {self.asked}; the first vintage is of "
            f"{self.first}. Ask for that time or later, or backfill an older snapshot."
        )


class BadBody(Permanent):
    """A body that is not what its source publishes: empty, a web page, damaged or cut off."""

    def __init__(self, where: str, seen: str, expected: str, next_step: str) -> None:
        super().__init__(where, seen, expected, next_step)
        self.where, self.seen, self.expected, self.next_step = where, seen, expected, next_step

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return f"{self.where}: seen {self.seen}; expected {self.expected}. {self.next_step}"


class ContractBroken(Permanent):
    """
    A snapshot is not what the contract with its source says; nothing of it is published.

    Its bytes are kept and the last good version stays. The run fails by this name. Exit code 3.
    """


class SourceChanged(ContractBroken):
    """The page no longer looks as its source declares."""

    def __init__(self, source: str, missing: Sequence[str], found: Sequence[str]) -> None:
        super().__init__(source, missing, found)
        self.source, self.missing, self.found = source, missing, found

    @property
    def seen(self) -> str:
        """What is wrong, in a few words."""
        named = ", ".join(self.missing)
        gone = f"column {named} is" if len(self.missing) == 1 else f"columns {named} are"
        return f"{gone} gone"

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        shown = ", ".join(self.found[:12]) + (" …" if len(self.found) > 12 else "")  # noqa: PLR2004
        return (
            f"{self.source}: {self.seen}; the body has: {shown}. "
            f"Nothing was published. Compare with the newest file in tests/fixtures/{self.source}/ "
            f"and add the new name to the declaration in tasks/sources/{self.source}.py."
        )


class SourceFrozen(ContractBroken):
    """A column whose going or changing would change figures went or changed; nobody mapped it."""

    def __init__(self, source: str, seen: str, expected: str, guess: str) -> None:
        super().__init__(source, seen, expected, guess)
        self.source, self.seen, self.expected, self.guess = source, seen, expected, guess

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        proposed = f"{self.guess} This is a guess, and is not applied. " if self.guess else ""
        return (
            f"{self.source}: {self.seen}; expected {self.expected}. {proposed}"
            f"Nothing was published and the last good version stays; the bytes are kept. Add the "
            f"new name to From(…) in tasks/sources/{self.source}.py, or optional=True and "
            f"drift={{'NAME': 'evolve'}} where it may come and go, and raise parser_version. "
            f"Then: vaxwatch backfill {self.source} --origin raw --policy failed"
        )


class FetchRefused(Permanent):
    """The publisher's server answered, and asking again will not help (a 404, a login page)."""

    def __init__(self, url: str, seen: str) -> None:
        super().__init__(url, seen)
        self.url, self.seen = url, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.url}: {self.seen}; expected the source's file with status 200. "
            f"It was not asked again. Look whether the page has moved, "
            f"then set its address in vaxwatch.toml."
        )


class FetchFailed(Transient):
    """The publisher's server could not be reached, or is out of order for now."""

    def __init__(self, url: str, seen: str) -> None:
        super().__init__(url, seen)
        self.url, self.seen = url, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return f"{self.url}: {self.seen}; expected an answer. Nothing was changed; try again later."


class SameTimeOtherBytes(Permanent):
    """Two different snapshots claim the same instant."""

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
    """An object of the lake does not hold what its name or its commit says."""

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
    """The object store or folder did not do what was asked."""

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
    """Other writers committed first, again and again."""

    def __init__(self, where: str, tries: int) -> None:
        super().__init__(where, tries)
        self.where, self.tries = where, tries

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.where}: other writers were faster {self.tries} times. "
            f"Run the same command again."
        )


class KnownErrorOver(Permanent):
    """A record of a publisher's known error that no longer holds: fixed, or too old to trust."""

    def __init__(self, where: str, seen: str, expected: str, next_step: str) -> None:
        super().__init__(where, seen, expected, next_step)
        self.where, self.seen, self.expected, self.next_step = where, seen, expected, next_step

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.where}: seen {self.seen}; expected {self.expected}, by the record of a known "
            f"error. Nothing was published. {self.next_step}"
        )


class ArchiveAway(Permanent):
    """A web archive sends us away; who goes on asking is blocked. A person decides when to."""

    def __init__(self, archive: str, seen: str) -> None:
        super().__init__(archive, seen)
        self.archive, self.seen = archive, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.archive}: {self.seen}; expected an answer. It is not asked again in this run, "
            f"as it blocks those who go on. What came before is kept; run the same command in an "
            f"hour, and it goes on from there."
        )


class NothingListed(Transient):
    """A web archive lists no capture of a page; it says so when it is overloaded, too."""

    def __init__(self, url: str, archive: str, seen: str) -> None:
        super().__init__(url, archive, seen)
        self.url, self.archive, self.seen = url, archive, seen

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.url}: {self.archive} lists {self.seen}; expected at least one of this page in "
            f"the time asked for. That may be so, but overloaded archives say it too: look at "
            f"{self.archive}/web/*/{self.url} and try again later. Nothing was changed."
        )


class ByHand(WrongUse):
    """A source whose address is a page for people was to be fetched; says how to get its file."""

    def __init__(self, source: str, url: str, by_hand: str) -> None:
        super().__init__(source, url, by_hand)
        self.source, self.url, self.by_hand = source, url, by_hand

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        return (
            f"{self.source}: {self.url} is a page for people; expected the address of a table. "
            f"{self.by_hand} Then: vaxwatch ingest {self.source} --file PATH --retrieved-at TIME"
        )


class BudgetExceeded(ContractBroken):
    """So many rows of a table are bad that nothing of the snapshot is published."""

    def __init__(
        self, dataset: str, bad: int, rows: int, most: int, share: float, example: str
    ) -> None:
        super().__init__(dataset, bad, rows, most, share, example)
        self.dataset, self.bad, self.rows = dataset, bad, rows
        self.most, self.share, self.example = most, share, example

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        source = self.dataset.partition(".")[0]
        return (
            f"{self.dataset}: {self.bad:,} of {self.rows:,} rows cannot be published "
            f"({100 * self.bad / self.rows:.1f} %); expected at most {self.most:,} or "
            f"{100 * self.share:g} %. The first: {self.example} Nothing of this snapshot was "
            f"published, and the last good version stands. Look at the others with "
            f"`vaxwatch quarantine list --source {source} --state blocked`; mend the parser, "
            f"or raise `budget` in tasks/sources/{source}.py; "
            f"then: vaxwatch quarantine replay {source}"
        )


class RunBlocked(ContractBroken):
    """A run in which a snapshot was blocked; everything else that it did is in `summary`."""

    def __init__(self, summary: Mapping[str, Any]) -> None:
        super().__init__(summary)
        self.summary = summary

    def __str__(self) -> str:
        """Return the sentence for the person on call."""
        told = [note for note in self.summary.get("notes", ()) if note]
        return " ".join(told) or f"{self.summary.get('source')}: a snapshot was blocked."
