"""Errors; the text of each states what, where, seen, expected and the next step.

Two families decide retries: `Permanent` (the next try fails in the same way) and `Transient` (the
next try may work); `StoreRefused` ends a run without another try. Every class passes all of its
arguments to `super().__init__`, in order, so that it can be pickled. `schemas.contract_errors` has
the errors of broken contracts, `schemas.store_errors` those of stores that a person has to mend.
"""

from collections.abc import Sequence

from schemas.wording import listed


class VaxwatchError(Exception):
    """The base of all errors that this software raises. Exit code 1."""


class Permanent(VaxwatchError):
    """The next try would fail in the same way; a person must act."""


class Transient(VaxwatchError):
    """The next try may work."""


class SeenThere(VaxwatchError):
    """What was seen at an address."""

    def __init__(self, where: str, seen: str) -> None:
        super().__init__(where, seen)
        self.where, self.seen = where, seen


class WrongUse(VaxwatchError):
    """A name, time or option of the call is wrong. Exit code 2."""


class UnknownName(WrongUse):
    """There is no source, dataset or vintage of that name; the text lists those there are."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(kind, name, known)
        self.kind, self.name, self.known = kind, name, known

    def __str__(self) -> str:
        return f"There is no {self.kind} '{self.name}'. There are: {listed(self.known)}."


class NothingKnownYet(WrongUse):
    """The as-of time is before the first vintage."""

    def __init__(self, dataset: str, asked: str, first: str) -> None:
        super().__init__(dataset, asked, first)
        self.dataset, self.asked, self.first = dataset, asked, first

    def __str__(self) -> str:
        return (
            f"{self.dataset}: nothing was known at {self.asked}; the first vintage is of "
            f"{self.first}. Ask for that time or later, or backfill an older snapshot."
        )


class BadBody(Permanent):
    """A body is not what its source publishes: empty, a web page, damaged or cut off."""

    def __init__(self, where: str, seen: str, expected: str, next_step: str) -> None:
        super().__init__(where, seen, expected, next_step)
        self.where, self.seen, self.expected, self.next_step = where, seen, expected, next_step

    def __str__(self) -> str:
        return f"{self.where}: seen {short(self.seen)}; expected {self.expected}. {self.next_step}"


class FetchRefused(SeenThere, Permanent):
    """The publisher's server gave a response that will not change (a 404, a login page)."""

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.seen}; expected the source's file with status 200. It was not "
            f"asked again. Look whether the page has moved, then set its address in vaxwatch.toml."
        )


class FetchFailed(SeenThere, Transient):
    """The publisher's server could not be reached, or is out of order for now."""

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.seen}; expected an answer. Nothing was changed; try again later."
        )


class ArchiveAway(SeenThere, Permanent):
    """A web archive refuses requests and blocks clients that go on; a person decides when to."""

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.seen}; expected an answer. It is not asked again in this run, "
            f"as it blocks those who go on. What came before is kept; run the same command in an "
            f"hour, and it goes on from there."
        )


class NothingListed(Transient):
    """A web archive lists no capture of a page, which it also does when it is overloaded."""

    def __init__(self, url: str, archive: str, seen: str) -> None:
        super().__init__(url, archive, seen)
        self.url, self.archive, self.seen = url, archive, seen

    def __str__(self) -> str:
        return (
            f"{self.url}: {self.archive} lists {self.seen}; expected at least one of this page in "
            f"the time asked for. That may be so, but overloaded archives say it too: look at "
            f"{self.archive}/web/*/{self.url} and try again later. Nothing was changed."
        )


class ByHand(WrongUse):
    """The address of a source is a page for people; the text says how to get its file."""

    def __init__(self, source: str, url: str, by_hand: str) -> None:
        super().__init__(source, url, by_hand)
        self.source, self.url, self.by_hand = source, url, by_hand

    def __str__(self) -> str:
        return (
            f"{self.source}: {self.url} is a page for people; expected the address of a table. "
            f"{self.by_hand} Then: vaxwatch ingest {self.source} --file PATH --retrieved-at TIME"
        )


class SameTimeOtherBytes(Permanent):
    """Two snapshots with different bytes have the same instant."""

    def __init__(self, source: str, as_of: str, known: str, offered: str) -> None:
        super().__init__(source, as_of, known, offered)
        self.source, self.as_of, self.known, self.offered = source, as_of, known, offered

    def __str__(self) -> str:
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
        return (
            f"{self.where}: seen {self.seen}; expected {self.expected}. "
            f"Restore this object from a copy of the lake; the raw bodies under raw/ are untouched."
        )


class StoreError(SeenThere):
    """A request to the object store or folder of a lake failed."""


class StoreUnavailable(StoreError, Transient):
    """The object store or folder failed in a way that may pass."""

    def __str__(self) -> str:
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
        return (
            f"{self.where}: other writers were faster {self.tries} times. "
            f"Run the same command again."
        )


def short(text: str, most: int = 400) -> str:
    """Return the first characters of a publisher's text, as many as fit into a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
